#include "agent/probe/pop3_reply.h"

namespace relaywatch::probe {
namespace {

constexpr std::string_view kPositive = "+OK";
constexpr std::string_view kNegative = "-ERR";

}  // namespace

ReplyError Pop3ReplyParser::Unlike() const {
  return kind_ == Kind::kGreeting ? ReplyError::kForeignProtocol : ReplyError::kGrammar;
}

ReplyError Pop3ReplyParser::CheckStart(std::string_view start) const {
  if (lines() > 0 || start.empty()) return ReplyError::kNone;  // data is any text
  if (kind_ == Kind::kAuth && BeginsLikeAChallenge(start)) return ReplyError::kNone;
  const std::string_view word = start[0] == '-' ? kNegative : kPositive;
  if (!HasPrefixOf(start, word)) return Unlike();
  return EndsLikeAWord(start, word.size()) ? ReplyError::kNone : ReplyError::kGrammar;
}

ReplyError Pop3ReplyParser::TakeLine(std::string_view line, bool& last) {
  if (lines() > 0) {
    last = line == ".";
    if (last) return ReplyError::kNone;
    if (!line.empty() && line[0] == '.') line.remove_prefix(1);  // byte-stuffed
    AppendData(line);
    return ReplyError::kNone;
  }
  if (kind_ == Kind::kAuth && BeginsLikeAChallenge(line)) {
    last = true;
    TakeChallenge(line);
    return ReplyError::kNone;
  }
  reply_.positive = !line.empty() && line[0] == kPositive[0];
  const std::string_view word = reply_.positive ? kPositive : kNegative;
  if (line.size() < word.size()) return Unlike();
  reply_.text = line.substr(std::min(line.size(), word.size() + 1));
  last = kind_ != Kind::kMultiLine || !reply_.positive;
  return ReplyError::kNone;
}

}  // namespace relaywatch::probe
