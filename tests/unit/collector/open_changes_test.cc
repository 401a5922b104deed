// Which changes are still in force after which others.
#include "collector/watch/open_changes.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "collector/watch/rule_text.h"

namespace relaywatch::collector {
namespace {

using detect::Facet;
using detect::RulePtr;

constexpr OpenChanges::Place kPlace{0, detect::TrackId::kServed};

RulePtr Rule(const std::string& auth, const std::string& relay) {
  detect::Rule rule;
  rule.Set(Facet::kAuthTls, auth);
  rule.Set(Facet::kAnonymousForeign, relay);
  return std::make_shared<const detect::Rule>(rule);
}

class OpenChangesTest : public ::testing::Test {
 protected:
  // The numbers of the changes that this one resolves, its own perhaps among them.
  std::set<std::int64_t> Change(std::vector<RulePtr> before, std::vector<RulePtr> after) {
    detect::ChangeEvent event;
    event.id = ++last_;
    event.before = std::move(before);
    event.after = std::move(after);
    event.since_ms = static_cast<std::int64_t>(last_) * 1000;
    std::vector<ChangeStatus> changed;
    open_.Add(kPlace, event, {.id = static_cast<std::int64_t>(last_)}, changed);
    EXPECT_EQ(changed.back().id, static_cast<std::int64_t>(last_));
    std::set<std::int64_t> resolved;
    for (const ChangeStatus& status : changed) {
      if (status.resolved_ms == 0) continue;
      EXPECT_EQ(status.resolved_ms, event.since_ms);
      EXPECT_EQ(status.open, 0u);
      resolved.insert(status.id);
    }
    return resolved;
  }
  using Ids = std::set<std::int64_t>;

  OpenChanges open_;
  std::uint64_t last_ = 0;
  const RulePtr a_ = Rule("LOGIN", "accepted");
  const RulePtr b_ = Rule("PLAIN", "accepted");
  const RulePtr c_ = Rule("XOAUTH2", "accepted");
  const RulePtr b_refusing_ = Rule("PLAIN", "refused:relay_denied:5");
  const RulePtr a_refusing_ = Rule("LOGIN", "refused:relay_denied:5");
};

TEST_F(OpenChangesTest, ThereAndBackLeavesNothingOpen) {
  EXPECT_EQ(Change({a_}, {b_}), Ids());
  EXPECT_EQ(Change({b_}, {a_}), (Ids{1, 2}));
  EXPECT_EQ(Change({a_}, {b_}), Ids());  // and again
}

TEST_F(OpenChangesTest, BackOverSeveralSteps) {
  Change({a_}, {b_});
  EXPECT_EQ(Change({b_}, {c_}), Ids());
  EXPECT_EQ(Change({c_}, {a_}), (Ids{1, 2, 3}));
}

TEST_F(OpenChangesTest, OneStepBackLeavesTheFirstOpen) {
  Change({a_}, {b_});
  Change({b_}, {c_});
  EXPECT_EQ(Change({c_}, {b_}), (Ids{2, 3}));
  EXPECT_TRUE(open_.Accept(1, 5).has_value());
}

TEST_F(OpenChangesTest, EachFacetGoesBackOnItsOwn) {
  EXPECT_EQ(Change({a_}, {b_refusing_}), Ids());
  EXPECT_EQ(Change({b_refusing_}, {a_refusing_}), Ids{2});  // relaying is still refused
  EXPECT_EQ(Change({a_refusing_}, {a_}), (Ids{1, 3}));
}

TEST_F(OpenChangesTest, APoolGoesBackAsAWhole) {
  EXPECT_EQ(Change({a_}, {a_, b_}), Ids());
  EXPECT_EQ(Change({a_, b_}, {c_}), Ids());
  EXPECT_EQ(Change({c_}, {a_}), (Ids{1, 2, 3}));
}

TEST_F(OpenChangesTest, SurvivesARestart) {
  Change({a_}, {b_refusing_});
  OpenChanges restarted;
  restarted.Restore(kPlace, {.id = 1, .open = Bit(Facet::kAuthTls)}, {a_});
  std::swap(open_, restarted);
  EXPECT_EQ(Change({b_refusing_}, {a_refusing_}), (Ids{1, 2}));
}

TEST_F(OpenChangesTest, AnAcceptedChangeIsFollowedNoLonger) {
  Change({a_}, {b_});
  ASSERT_TRUE(open_.Accept(1, 77).has_value());
  EXPECT_FALSE(open_.Accept(1, 78).has_value());
  EXPECT_EQ(Change({b_}, {a_}), Ids());
}

TEST_F(OpenChangesTest, OfOneTrackOnlySoManyAreFollowed) {
  RulePtr last = a_;
  for (std::size_t i = 0; i < OpenChanges::kMaxOfTrack; ++i) {
    const RulePtr next = Rule("X" + std::to_string(i), "accepted");
    EXPECT_EQ(Change({last}, {next}), Ids());
    last = next;
  }
  EXPECT_EQ(Change({last}, {Rule("Y", "accepted")}), Ids{1});
}

TEST(RuleText, ReadsBackWhatItWrote) {
  const std::vector<RulePtr> pool{Rule("LOGIN", "accepted"), Rule("PLAIN", "refused:x:5")};
  const std::string text = JoinRules(pool);
  EXPECT_EQ(text,
            "auth_tls=LOGIN\nanonymous_foreign=accepted\n\n"
            "auth_tls=PLAIN\nanonymous_foreign=refused:x:5");
  const auto rules = SplitRules(text);
  ASSERT_TRUE(rules.has_value());
  ASSERT_EQ(rules->size(), 2u);
  EXPECT_EQ((*rules)[1].Value(Facet::kAuthTls), "PLAIN");
  EXPECT_TRUE(SplitRules("")->empty());
  EXPECT_FALSE(SplitRules("of_a_later_version=1").has_value());
}

}  // namespace
}  // namespace relaywatch::collector
