// A whole IMAP answer: untagged lines ("* CAPABILITY ...") up to the line with our tag, or, as a
// greeting, one untagged line. An untagged BYE ends it too unless it was asked for: the server is
// about to close. Lines that ask for more ("+ ") belong in answers to AUTHENTICATE alone, literals
// in none that we cause. Confined to one dialogue. RFC 9051, section 7.
#pragma once

#include <string>

#include "agent/probe/reply_parser.h"

namespace relaywatch::probe {

class ImapReplyParser final : public ReplyParser {
 public:
  enum class Kind { kGreeting, kReply, kAuth, kFarewell };

  // `tag`: of our command; not used for a greeting.
  ImapReplyParser(const ReplyLimits& limits, Kind kind, std::string_view tag = {})
      : ReplyParser(limits), kind_(kind), tagged_(std::string(tag) + " ") {}

  // The answer is a BYE.
  bool closing() const { return closing_; }

 protected:
  ReplyError CheckStart(std::string_view start) const override;
  ReplyError TakeLine(std::string_view line, bool& last) override;

 private:
  ReplyError TakeUntagged(std::string_view line, bool& last);
  ReplyError TakeStatus(std::string_view status);

  const Kind kind_;
  const std::string tagged_;  // tag and blank
  bool closing_ = false;
};

}  // namespace relaywatch::probe
