// The small languages in the columns of a reply rule, read once into what can be asked quickly.
// Written by us, so a column that cannot be read is a broken invariant. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/judge/reply_rules.h"
#include "common/judge/words.h"

namespace relaywatch::judge {

// RFC 3463, class.subject.detail. All zero where a reply has none.
struct EnhancedCode {
  int cls = 0;
  int subject = 0;
  int detail = 0;
};

// "5.7.139"; nullopt for anything else.
std::optional<EnhancedCode> ParseEnhancedCode(std::string_view text);

// The reply's own; or one in its text: qmail's "(#5.7.1)", IronPort's "#5.1.0", or Exchange's
// "5.7.3" behind a 451, where the classes differ.
EnhancedCode EnhancedCodeOf(const v1::Reply& reply);

// A reply on its way through the table: taken apart once. The words are prepared only when a row
// asks for them, since codes alone decide many replies.
class ReplyUnderTest {
 public:
  explicit ReplyUnderTest(const v1::Reply& reply);

  std::uint32_t code() const { return code_; }
  const EnhancedCode& enhanced() const { return enhanced_; }
  const Words& words() const;

 private:
  std::uint32_t code_;
  EnhancedCode enhanced_;
  std::string_view text_;
  mutable std::optional<Words> words_;
};

class ReplyPattern {
 public:
  explicit ReplyPattern(const ReplyRule& rule);

  bool Matches(const ReplyUnderTest& reply, const ReplyContext& context) const;

 private:
  struct CodeRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
  };
  struct EnhancedRange {
    int cls = 0;  // 0: any
    int subject = 0;
    int first_detail = 0;
    int last_detail = 0;
  };

  void ReadCodes(std::string_view codes);
  void ReadEnhanced(std::string_view enhanced);
  bool MatchesCode(std::uint32_t code) const;
  bool MatchesEnhanced(const EnhancedCode& enhanced) const;
  bool MatchesContext(const ReplyContext& context) const;

  unsigned stages_ = 0;  // bit n: Stage n
  Context context_;
  std::vector<CodeRange> codes_, not_codes_;
  std::vector<EnhancedRange> enhanced_, not_enhanced_;
  Phrases words_, with_, unless_;
};

}  // namespace relaywatch::judge
