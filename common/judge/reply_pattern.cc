#include "common/judge/reply_pattern.h"

#include <algorithm>
#include <cassert>
#include <charconv>

#include "common/facts/text.h"

namespace relaywatch::judge {
namespace {

int Number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// Calls `take(word, negated)` for each blank-separated word of a column.
template <typename Take>
void ForEachWord(std::string_view column, Take take) {
  while (!column.empty()) {
    const std::size_t end = std::min(column.find(' '), column.size());
    std::string_view word = column.substr(0, end);
    column.remove_prefix(std::min(end + 1, column.size()));
    const bool negated = word.starts_with('!');
    if (negated) word.remove_prefix(1);
    if (!word.empty()) take(word, negated);
  }
}

unsigned StageBits(char letter) {
  const auto bit = [](v1::Stage stage) { return 1U << static_cast<unsigned>(stage); };
  switch (letter) {
    case 'B':
      return bit(v1::STAGE_BANNER);
    case 'E':
      return bit(v1::STAGE_EHLO) | bit(v1::STAGE_EHLO2);
    case 'S':
      return bit(v1::STAGE_STARTTLS);
    case 'A':
      return bit(v1::STAGE_AUTH);
    case 'M':
      return bit(v1::STAGE_MAIL);
    case 'R':
      return bit(v1::STAGE_RCPT);
    default:
      break;
  }
  assert(false && "no such stage letter");
  return 0;
}

// The digits and dots that the text begins with.
std::string_view FirstNumber(std::string_view text) {
  std::size_t size = std::min(text.find_first_not_of("0123456789."), text.size());
  while (size > 0 && text[size - 1] == '.') --size;
  return text.substr(0, size);
}

}  // namespace

std::optional<EnhancedCode> ParseEnhancedCode(std::string_view text) {
  if (!facts::IsEnhancedCode(text)) return std::nullopt;
  const std::size_t dot = text.find('.', 2);
  return EnhancedCode{Number(text.substr(0, 1)), Number(text.substr(2, dot - 2)),
                      Number(text.substr(dot + 1))};
}

EnhancedCode EnhancedCodeOf(const v1::Reply& reply) {
  if (const auto code = ParseEnhancedCode(reply.enhanced())) return *code;
  // At the start, of another class than the reply's code; or marked, wherever it stands.
  const std::string_view text = reply.text();
  if (const auto code = ParseEnhancedCode(FirstNumber(text))) return *code;
  for (std::size_t i = text.find('#'); i != std::string_view::npos; i = text.find('#', i + 1)) {
    if (const auto code = ParseEnhancedCode(FirstNumber(text.substr(i + 1)))) return *code;
  }
  return {};
}

ReplyUnderTest::ReplyUnderTest(const v1::Reply& reply)
    : code_(reply.code()), enhanced_(EnhancedCodeOf(reply)), text_(reply.text()) {}

const Words& ReplyUnderTest::words() const {
  if (!words_) words_.emplace(text_);
  return *words_;
}

ReplyPattern::ReplyPattern(const ReplyRule& rule)
    : context_(rule.context), words_(rule.words), with_(rule.with), unless_(rule.unless) {
  for (const char letter : rule.stages) stages_ |= StageBits(letter);
  ReadCodes(rule.codes);
  ReadEnhanced(rule.enhanced);
}

void ReplyPattern::ReadCodes(std::string_view codes) {
  ForEachWord(codes, [this](std::string_view word, bool negated) {
    CodeRange range;
    if (word.ends_with("xx")) {
      range.first = static_cast<std::uint32_t>(Number(word.substr(0, 1))) * 100;
      range.last = range.first + 99;
    } else if (word != "-") {
      range.first = range.last = static_cast<std::uint32_t>(Number(word));
    }
    (negated ? not_codes_ : codes_).push_back(range);
  });
}

void ReplyPattern::ReadEnhanced(std::string_view enhanced) {
  constexpr int kAnyDetail = 999;
  ForEachWord(enhanced, [this](std::string_view word, bool negated) {
    const std::size_t dot = word.find('.', 2);
    const std::string_view detail = word.substr(dot + 1);
    EnhancedRange range{.cls = word[0] == 'x' ? 0 : Number(word.substr(0, 1)),
                        .subject = Number(word.substr(2, dot - 2)),
                        .first_detail = 0,
                        .last_detail = kAnyDetail};
    if (detail != "x") {
      const std::size_t dash = detail.find('-');
      range.first_detail = Number(detail.substr(0, dash));
      range.last_detail =
          dash == std::string_view::npos ? range.first_detail : Number(detail.substr(dash + 1));
    }
    (negated ? not_enhanced_ : enhanced_).push_back(range);
  });
}

bool ReplyPattern::MatchesCode(std::uint32_t code) const {
  const auto holds = [code](const CodeRange& range) {
    return code >= range.first && code <= range.last;
  };
  return (codes_.empty() || std::any_of(codes_.begin(), codes_.end(), holds)) &&
         std::none_of(not_codes_.begin(), not_codes_.end(), holds);
}

bool ReplyPattern::MatchesEnhanced(const EnhancedCode& enhanced) const {
  const auto holds = [&enhanced](const EnhancedRange& range) {
    return enhanced.cls != 0 && (range.cls == 0 || range.cls == enhanced.cls) &&
           range.subject == enhanced.subject && enhanced.detail >= range.first_detail &&
           enhanced.detail <= range.last_detail;
  };
  return (enhanced_.empty() || std::any_of(enhanced_.begin(), enhanced_.end(), holds)) &&
         std::none_of(not_enhanced_.begin(), not_enhanced_.end(), holds);
}

bool ReplyPattern::MatchesContext(const ReplyContext& context) const {
  switch (context_) {
    case Context::kAny:
      return true;
    case Context::kAuthOffered:
      return context.auth_offered && !context.after_login;
    case Context::kOwnRecipientPassed:
      return context.own_recipient_passed;
  }
  return false;
}

bool ReplyPattern::Matches(const ReplyUnderTest& reply, const ReplyContext& context) const {
  const unsigned stage_bit = 1U << (static_cast<unsigned>(context.stage) & 31U);
  return (stages_ & stage_bit) != 0 && MatchesCode(reply.code()) &&
         MatchesEnhanced(reply.enhanced()) && MatchesContext(context) &&
         (words_.empty() || reply.words().HasAny(words_)) &&
         (with_.empty() || reply.words().HasAny(with_)) &&
         (unless_.empty() || !reply.words().HasAny(unless_));
}

}  // namespace relaywatch::judge
