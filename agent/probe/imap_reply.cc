#include "agent/probe/imap_reply.h"

#include <algorithm>
#include <array>

namespace relaywatch::probe {
namespace {

constexpr std::string_view kUntagged = "* ";

// The words of a status response (RFC 9051, section 7.1) that stand for success.
constexpr std::array<std::string_view, 2> kPositiveWords{"OK", "PREAUTH"};
constexpr std::array<std::string_view, 3> kNegativeWords{"NO", "BAD", "BYE"};

bool IsWord(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && HasPrefixOf(text, word) &&
         (text.size() == word.size() || text[word.size()] == ' ');
}

template <typename Words>
const std::string_view* FindWord(const Words& words, std::string_view text) {
  const auto found = std::find_if(words.begin(), words.end(),
                                  [text](std::string_view word) { return IsWord(text, word); });
  return found == words.end() ? nullptr : &*found;
}

}  // namespace

ReplyError ImapReplyParser::CheckStart(std::string_view start) const {
  if (HasPrefixOf(start, kUntagged)) return ReplyError::kNone;
  if (kind_ == Kind::kGreeting) return ReplyError::kForeignProtocol;
  if (kind_ == Kind::kAuth && BeginsLikeAChallenge(start)) return ReplyError::kNone;
  return HasPrefixOf(start, tagged_) ? ReplyError::kNone : ReplyError::kGrammar;
}

ReplyError ImapReplyParser::TakeLine(std::string_view line, bool& last) {
  if (line.starts_with(kUntagged)) return TakeUntagged(line.substr(kUntagged.size()), last);
  if (kind_ == Kind::kGreeting) return ReplyError::kForeignProtocol;
  last = true;
  if (kind_ == Kind::kAuth && BeginsLikeAChallenge(line)) {
    TakeChallenge(line);
    return ReplyError::kNone;
  }
  if (!line.starts_with(tagged_)) return ReplyError::kGrammar;
  return TakeStatus(line.substr(tagged_.size()));
}

ReplyError ImapReplyParser::TakeUntagged(std::string_view line, bool& last) {
  closing_ = IsWord(line, "BYE");
  last = kind_ == Kind::kGreeting || (closing_ && kind_ != Kind::kFarewell);
  if (last) return TakeStatus(line);
  AppendData(line);
  return ReplyError::kNone;
}

ReplyError ImapReplyParser::TakeStatus(std::string_view status) {
  const std::string_view* word = FindWord(kPositiveWords, status);
  reply_.positive = word != nullptr;
  if (word == nullptr) word = FindWord(kNegativeWords, status);
  if (word == nullptr) return ReplyError::kGrammar;
  reply_.text = status.substr(std::min(status.size(), word->size() + 1));
  return ReplyError::kNone;
}

}  // namespace relaywatch::probe
