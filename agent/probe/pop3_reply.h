// A whole POP3 reply: "+OK text" or "-ERR text", with data up to a line of one dot where the
// command has it and it went well, or "+ challenge" in answer to AUTH. In a greeting anything else
// is another protocol's. Confined to one dialogue. RFC 1939, section 3; RFC 2449, RFC 5034.
#pragma once

#include "agent/probe/reply_parser.h"

namespace relaywatch::probe {

class Pop3ReplyParser final : public ReplyParser {
 public:
  enum class Kind { kGreeting, kSingleLine, kMultiLine, kAuth };

  Pop3ReplyParser(const ReplyLimits& limits, Kind kind) : ReplyParser(limits), kind_(kind) {}

 protected:
  ReplyError CheckStart(std::string_view start) const override;
  ReplyError TakeLine(std::string_view line, bool& last) override;

 private:
  ReplyError Unlike() const;

  const Kind kind_;
};

}  // namespace relaywatch::probe
