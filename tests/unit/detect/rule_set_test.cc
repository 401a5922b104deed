#include "collector/detect/rule_set.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::collector::detect {
namespace {

Rule Offering(const std::string& mechanisms) {
  Rule rule;
  rule.Set(Facet::kReach, "open");
  rule.Set(Facet::kAuthTls, mechanisms);
  return rule;
}

// An hour of one answer a minute: strangers where `is_stranger` says so.
class RuleSetTest : public testing::Test {
 protected:
  template <typename IsStranger>
  bool Hour(IsStranger is_stranger, const std::string& stranger = "PLAIN") {
    const Rule strange = Offering(stranger);
    for (int minute = 0; minute < 60; ++minute) {
      now_ms_ += kMinuteMs;
      const Vote vote{.agent = static_cast<std::uint32_t>(minute % 2), .time_ms = now_ms_ - 1};
      const bool is_strange = is_stranger(minute);
      const auto member = set_.Match(is_strange ? strange : Offering("LOGIN"), kServedFacets);
      if (member) {
        set_.Count(*member, vote);
        if (!set_.is_pool()) set_.CountCancellation();
      } else {
        set_.CountStranger({vote, strange}, kServedFacets, book_);
      }
    }
    return set_.CloseWindow(now_ms_);
  }

  RuleSetTest() { set_.Reset(book_.Intern(Offering("LOGIN")), 0); }

  RuleBook book_;
  RuleSet set_;
  std::int64_t now_ms_ = 0;
};

TEST_F(RuleSetTest, BecomesAPoolWhenAnswersKeepDiffering) {
  EXPECT_TRUE(Hour([](int minute) { return minute % 3 == 0; }));
  EXPECT_TRUE(set_.is_pool());
  EXPECT_FALSE(set_.is_divided());
  EXPECT_FALSE(Hour([](int minute) { return minute % 4 == 0; }));
}

TEST_F(RuleSetTest, StaysOneForATenth) {
  EXPECT_FALSE(Hour([](int minute) { return minute % 10 == 0; }));
}

TEST_F(RuleSetTest, StaysOneForATroubleOfMinutes) {
  EXPECT_FALSE(Hour([](int minute) { return minute >= 20 && minute < 38; }));
}

TEST_F(RuleSetTest, StaysOneForAChangeThatIsLongInBeingConfirmed) {
  EXPECT_FALSE(Hour([](int minute) { return minute >= 30; }));
}

TEST_F(RuleSetTest, TellsAgentsThatDifferFromEachOther) {
  EXPECT_TRUE(Hour([](int minute) { return minute % 2 == 0; }));
  EXPECT_TRUE(set_.is_divided());
}

TEST_F(RuleSetTest, TakesInANewMemberAndLetsAnOldOneGo) {
  ASSERT_TRUE(Hour([](int minute) { return minute % 3 == 0; }));
  EXPECT_TRUE(Hour([](int minute) { return minute % 3 == 0; }, "XOAUTH2"));
  EXPECT_EQ(set_.Rules().size(), 3U);
  EXPECT_TRUE(Hour([](int minute) { return minute % 3 == 0; }, "XOAUTH2"));
  EXPECT_EQ(set_.Rules().size(), 2U);
  Hour([](int) { return false; });
  EXPECT_TRUE(Hour([](int) { return false; }));
  EXPECT_FALSE(set_.is_pool());
}

}  // namespace
}  // namespace relaywatch::collector::detect
