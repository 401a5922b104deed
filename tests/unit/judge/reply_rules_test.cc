#include "common/judge/reply_rules.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/facts/normalise.h"
#include "common/judge/reply_pattern.h"
#include "common/taxonomy.h"
#include "tests/unit/judge/reply_cases.h"

namespace relaywatch::judge {
namespace {

class ReplyRule_ : public testing::TestWithParam<ReplyCase> {};

std::string Told(const ReplyCase& test) {
  return std::string(test.server) + ": " + std::to_string(test.code) + " " +
         std::string(test.enhanced) + " " + std::string(test.text);
}

TEST_P(ReplyRule_, ReadsTheServersWords) {
  const ReplyCase& test = GetParam();
  const ReplyRule& rule = DecidingRule(MakeReply(test), MakeContext(test));
  EXPECT_EQ(Label(rule.verdict), Label(test.verdict)) << Told(test) << "\nrow: " << rule.source;
}

TEST_P(ReplyRule_, ReadsStoredWordsAlike) {
  const ReplyCase& test = GetParam();
  v1::Reply stored = MakeReply(test);
  stored.set_text(facts::NormaliseText(stored.text()));
  EXPECT_EQ(&DecidingRule(stored, MakeContext(test)),
            &DecidingRule(MakeReply(test), MakeContext(test)))
      << Told(test) << "\nstored: " << stored.text();
}

std::string CaseName(const testing::TestParamInfo<ReplyCase>& info) {
  std::string name = "n" + std::to_string(info.index) + "_";
  for (const char c : std::string(info.param.server)) name += std::isalnum(c) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Network, ReplyRule_, testing::ValuesIn(NetworkReplyCases()), CaseName);
INSTANTIATE_TEST_SUITE_P(Auth, ReplyRule_, testing::ValuesIn(AuthReplyCases()), CaseName);
INSTANTIATE_TEST_SUITE_P(Transaction, ReplyRule_, testing::ValuesIn(TransactionReplyCases()),
                         CaseName);

TEST(ReplyRules, EveryRowTellsWhereItComesFrom) {
  for (const ReplyRule& rule : ReplyRules()) EXPECT_FALSE(rule.source.empty());
}

TEST(ReplyRules, EveryRowDecidesSomeCase) {
  std::set<const ReplyRule*> used;
  for (const auto cases : {NetworkReplyCases(), AuthReplyCases(), TransactionReplyCases()}) {
    for (const ReplyCase& test : cases) {
      used.insert(&DecidingRule(MakeReply(test), MakeContext(test)));
    }
  }
  for (const ReplyRule& rule : ReplyRules()) {
    EXPECT_TRUE(used.contains(&rule)) << Label(rule.verdict) << ": " << rule.source;
  }
}

TEST(ReplyRules, EveryStageHasAnAnswerForAnyReply) {
  v1::Reply reply;
  for (const v1::Stage stage : {v1::STAGE_BANNER, v1::STAGE_EHLO, v1::STAGE_STARTTLS,
                                v1::STAGE_EHLO2, v1::STAGE_AUTH, v1::STAGE_MAIL, v1::STAGE_RCPT}) {
    for (const int code : {0, 200, 250, 334, 354, 399, 400, 499, 500, 599, 9999}) {
      reply.set_code(static_cast<std::uint32_t>(code));
      EXPECT_NE(DecidingRule(reply, {.stage = stage}).verdict, v1::VERDICT_UNSPECIFIED);
    }
  }
}

TEST(EnhancedCode, ComesFromQmailsParenthesesToo) {
  v1::Reply reply;
  reply.set_text("sorry, no mailbox here by that name (#5.1.1)");
  EXPECT_EQ(EnhancedCodeOf(reply).subject, 1);
  reply.set_enhanced("5.7.139");
  EXPECT_EQ(EnhancedCodeOf(reply).detail, 139);
  EXPECT_FALSE(ParseEnhancedCode("3.7.1"));
  EXPECT_FALSE(ParseEnhancedCode("5.7."));
  EXPECT_FALSE(ParseEnhancedCode("5.7.1234"));
}

}  // namespace
}  // namespace relaywatch::judge
