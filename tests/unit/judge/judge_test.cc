#include "common/judge/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/facts/normalise.h"
#include "common/taxonomy.h"
#include "tests/unit/judge/facts_builder.h"
#include "tests/unit/judge/judge_cases.h"
#include "tests/unit/judge/reply_cases.h"

namespace relaywatch::judge {
namespace {

class JudgeTable : public testing::TestWithParam<JudgeCase> {};

// What the case expects of a profile; empty where it says nothing.
std::string Expected(const JudgeCase& test, const std::string& profile) {
  std::string others;
  for (const auto& [name, told] : test.expected) {
    if (name == profile) return told;
    if (name == "*") others = told;
  }
  return others;
}

TEST_P(JudgeTable, JudgesEveryProfile) {
  const JudgeCase& test = GetParam();
  for (const ClientProfile& profile : BuiltInProfiles()) {
    const std::string expected = Expected(test, profile.name);
    if (expected.empty()) continue;
    EXPECT_EQ(Told(Judge(test.facts, profile)), expected) << test.name << ", " << profile.name;
  }
}

TEST_P(JudgeTable, JudgesSeveralProfilesLikeEachAlone) {
  const v1::Facts& facts = GetParam().facts;
  const auto together = Judge(facts, BuiltInProfiles());
  ASSERT_EQ(together.size(), BuiltInProfiles().size());
  for (std::size_t i = 0; i < together.size(); ++i) {
    EXPECT_EQ(together[i], Judge(facts, BuiltInProfiles()[i]));
  }
}

TEST_P(JudgeTable, JudgesNormalisedFactsAlike) {
  v1::Facts normalised = GetParam().facts;
  facts::Normalise(normalised);
  for (const ClientProfile& profile : BuiltInProfiles()) {
    EXPECT_EQ(Judge(normalised, profile), Judge(GetParam().facts, profile));
  }
}

std::string CaseName(const testing::TestParamInfo<JudgeCase>& info) {
  std::string name = info.param.name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Facts, JudgeTable, testing::ValuesIn(JudgeCases()), CaseName);

TEST(Judge, HasACaseForEveryVerdict) {
  std::set<v1::Verdict> seen;
  for (const JudgeCase& test : JudgeCases()) {
    for (const ClientProfile& profile : BuiltInProfiles()) {
      seen.insert(Judge(test.facts, profile).verdict);
    }
  }
  for (int i = v1::Verdict_MIN + 1; i <= v1::Verdict_MAX; ++i) {
    EXPECT_TRUE(seen.contains(static_cast<v1::Verdict>(i))) << Label(static_cast<v1::Verdict>(i));
  }
}

TEST(Judge, CountsAuthWhereItKnowsTheOffer) {
  EXPECT_TRUE(JudgeAs("outlook", Smtp().Plain({"m", "AUTH LOGIN"})).auth_judged);
  EXPECT_TRUE(JudgeAs("outlook", Smtp().Plain({"m"})).auth_judged);
  EXPECT_FALSE(
      JudgeAs("outlook", Smtp().Cut(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_REFUSED)).auth_judged);
  // A client that wants STARTTLS never gets to see what is offered before it.
  EXPECT_FALSE(
      JudgeAs("outlook", Smtp(v1::SECURITY_STARTTLS).Plain({"m", "AUTH LOGIN"})).auth_judged);
}

TEST(Judge, CountsMismatchAndMissingOfferAsTheHeadline) {
  EXPECT_TRUE(IsAuthMismatch(v1::VERDICT_AUTH_MISMATCH));
  EXPECT_TRUE(IsAuthMismatch(v1::VERDICT_AUTH_NOT_OFFERED));
  EXPECT_FALSE(IsAuthMismatch(v1::VERDICT_AUTH_REJECTED));
}

TEST(Judge, TakesEmptyFacts) { EXPECT_EQ(ToldAs("outlook", v1::Facts()), "ok"); }

// Every reply of the tables, put where the facts keep it, decides the same as by itself.
TEST(Judge, ReadsTransactionRepliesOutOfTheCells) {
  for (const ReplyCase& test : TransactionReplyCases()) {
    if (test.around == Around::kAfterLogin) continue;
    FactsBuilder facts = Smtp(v1::SECURITY_NONE);
    facts.Plain(test.around == Around::kPlain ? Lines{"m"} : Lines{"m", "AUTH LOGIN"});
    if (test.around == Around::kOwnPassed) facts.OwnAccepted();
    const std::string enhanced(test.enhanced);
    const std::string text(test.text);
    if (test.stage == v1::STAGE_MAIL) {
      facts.Mail(test.code, enhanced, text);
    } else {
      facts.Foreign(test.code, enhanced, text);
    }
    EXPECT_EQ(Label(JudgeAs("outlook-no-auth", facts).verdict), Label(test.verdict)) << test.text;
  }
}

}  // namespace
}  // namespace relaywatch::judge
