// Makes bytes of a peer safe to store, log and print: valid UTF-8, no control characters except the
// line feeds that join a reply's lines, nothing that reorders or hides text on a terminal.
// A tab becomes a blank; every other unprintable byte or character becomes '?'.
// Pure; total over all bytes; thread-safe. RFC 3629.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace relaywatch::probe {

inline constexpr std::size_t kMaxStoredBytes = 512;

struct PrintableText {
  std::string text;
  bool truncated = false;
};

// At most `max_bytes` of result, cut between two characters.
PrintableText Printable(std::string_view bytes, std::size_t max_bytes = kMaxStoredBytes);

}  // namespace relaywatch::probe
