// From a raw reply to what is stored: enhanced codes told apart, text made printable and cut at
// kMaxStoredBytes. Pure; thread-safe. RFC 3463 and RFC 2034 (enhanced status codes).
#pragma once

#include <string_view>
#include <vector>

#include "agent/probe/reply_parser.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::probe {

// Views into `text`; at least one line.
std::vector<std::string_view> SplitLines(std::string_view text);

// A code like "5.7.8" at the start of a line's text, where its class is that of `code`; else empty.
std::string_view EnhancedCode(std::string_view line, int code);

// `truncated` is set where text was cut, and left alone otherwise.
v1::Reply StoredReply(const RawReply& reply, bool& truncated);
// The lines of `text` as capabilities; none where it is empty.
v1::Capabilities StoredLines(std::string_view text, bool& truncated);

}  // namespace relaywatch::probe
