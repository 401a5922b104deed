// What becomes of what agents see: rows, orders and metrics, once each, over restarts too.
#include "collector/watch/change_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/collector/watch_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kDayMs = 86'400'000;

class ChangeWatchTest : public WatchFixture {
 protected:
  // The rule is LOGIN and PLAIN at the office, and then it is PLAIN.
  void TakeLoginAway() {
    Steady({1, 2}, Offering("LOGIN PLAIN"));
    See({1, 2, 1, 2}, Offering("PLAIN"));
  }
  void GiveLoginBack() {
    Steady({1, 2}, Offering("PLAIN"));
    See({1, 2, 1, 2}, Offering("LOGIN PLAIN"));
  }
  void PutBackByADay() {
    now_ms_ -= kDayMs;
    parts_->watch.GoBack(now_ms_, set_);
    Commit();
  }
  // Seconds, as the metric has it.
  double LastChange() const {
    const std::string name =
        R"(relaywatch_policy_last_change_timestamp_seconds{)"
        R"(endpoint="corp-mail",kind="auth_offer",location="office",port="587"})";
    const std::string metrics = Metrics();
    const std::size_t at = metrics.find(name);
    EXPECT_NE(at, std::string::npos) << metrics;
    return at == std::string::npos ? 0 : std::strtod(metrics.c_str() + at + name.size(), nullptr);
  }
  // Column of a change in the view.
  std::string Of(int change, const std::string& column) {
    return Text("SELECT " + column + " FROM changes WHERE id = " + std::to_string(change));
  }
};

TEST_F(ChangeWatchTest, WritesTheRuleItHasLearned) {
  See({1, 2, 1}, Offering("LOGIN PLAIN"));
  EXPECT_EQ(Sql("SELECT count(*) FROM rule_history"), 1);
  EXPECT_EQ(Text("SELECT location || endpoint || port || protocol || track FROM rule_history"),
            "officecorp-mail587smtpserved");
  EXPECT_EQ(Text("SELECT rule FROM rule_history WHERE valid_to IS NULL"),
            "reach=open\nauth_tls=LOGIN PLAIN\nanonymous_foreign=accepted");
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), 0);
}

TEST_F(ChangeWatchTest, AsksTheAgentsThatLookAndNobodyElse) {
  Steady({1, 2}, Offering("LOGIN PLAIN"));
  Steady({3}, Offering("LOGIN PLAIN"), "home");
  EXPECT_TRUE(orders_.empty());
  See({1}, Offering("PLAIN"));
  ASSERT_EQ(orders_.size(), 2u);
  for (const auto& [agent, order] : orders_) {
    EXPECT_TRUE(agent == 1 || agent == 2) << agent;
    EXPECT_EQ(order.endpoint(), "corp-mail");
    EXPECT_EQ(order.port(), 587u);
    EXPECT_EQ(order.location(), "office");
    EXPECT_GT(order.times(), 0u);
    EXPECT_EQ(order.within().seconds(), 20);
  }
  EXPECT_NE(orders_[0].first, orders_[1].first);
}

TEST_F(ChangeWatchTest, TellsNothingBeforeTheCommit) {
  Steady({1, 2}, Offering("LOGIN PLAIN"));
  See({1, 2, 1}, Offering("PLAIN"));
  const std::size_t orders = orders_.size();
  const auto key = parts_->watch.Key({.location = "office",
                                      .endpoint = "corp-mail",
                                      .host = "",
                                      .protocol = v1::PROTOCOL_SMTP,
                                      .port = 587,
                                      .address = ""});
  detect::Answer answer{.kind = detect::AnswerKind::kDefinite, .rule = {}};
  for (const auto& [facet, value] : Offering("PLAIN")) answer.rule.Set(facet, value);
  now_ms_ += 3'000;
  parts_->watch.Observe({*key, 2, now_ms_, now_ms_, 2, 0, &answer}, set_);
  EXPECT_EQ(set_.changes.size(), 1u);
  EXPECT_EQ(orders_.size(), orders);
  EXPECT_THAT(Metrics(), HasSubstr(R"(kind="auth_offer",location="office",port="587"} 0)"));
  Commit();
  EXPECT_THAT(Metrics(), HasSubstr(R"(kind="auth_offer",location="office",port="587"} 1)"));
}

TEST_F(ChangeWatchTest, WritesAConfirmedChangeWithItsEvidence) {
  TakeLoginAway();
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), 1);
  EXPECT_EQ(Of(1, "state"), "confirmed");
  EXPECT_EQ(Of(1, "kinds"), "auth_offer");
  EXPECT_EQ(Of(1, "scope"), "place");
  EXPECT_EQ(Of(1, "incident"), "1");
  EXPECT_THAT(Of(1, "words"), HasSubstr("LOGIN no longer offered"));
  EXPECT_THAT(Of(1, "before"), HasSubstr("auth_tls=LOGIN PLAIN"));
  EXPECT_THAT(Of(1, "after"), HasSubstr("auth_tls=PLAIN"));
  EXPECT_EQ(Of(1, "agents"), "agent-1,agent-2");
  EXPECT_EQ(Of(1, "open"), "1");
  EXPECT_EQ(Of(1, "told_ms = decided_ms"), "1");
  EXPECT_EQ(Sql("SELECT count(*) FROM change_evidence WHERE change = 1 AND outcome = 2"), 4);
  // The rule before ends where the new one begins.
  EXPECT_EQ(Sql("SELECT count(*) FROM rule_history"), 2);
  EXPECT_EQ(Sql("SELECT count(*) FROM rule_history a JOIN rule_history b "
                "ON a.valid_to_ms = b.valid_from_ms WHERE b.valid_to IS NULL"),
            1);
  EXPECT_EQ(Sql("SELECT since_ms FROM changes"),
            Sql("SELECT valid_from_ms FROM rule_history WHERE valid_to IS NULL"));
}

constexpr const char* kOpenChange = "relaywatch_policy_open_change_timestamp_seconds{";

TEST_F(ChangeWatchTest, AnOpenChangeIsAMetricWithItsWordsUntilItGoesBack) {
  TakeLoginAway();
  EXPECT_THAT(Metrics(),
              HasSubstr(std::string(kOpenChange) + R"(change="1",difference=")" + Of(1, "words") +
                        R"(",endpoint="corp-mail",kinds="auth_offer",)"
                        R"(location="office",port="587"} )"));
  GiveLoginBack();
  EXPECT_THAT(Metrics(), Not(HasSubstr(kOpenChange)));
}

TEST_F(ChangeWatchTest, AnOpenChangeIsShownAgainAfterARestartUntilItIsAccepted) {
  TakeLoginAway();
  Crash();
  Start();
  EXPECT_THAT(Metrics(), HasSubstr(std::string(kOpenChange) + R"(change="1")"));
  ASSERT_TRUE(parts_->watch.Accept(1, now_ms_, set_).ok());
  EXPECT_THAT(Metrics(), HasSubstr(kOpenChange)) << "not before it is durable";
  Commit();
  EXPECT_THAT(Metrics(), Not(HasSubstr(kOpenChange)));
}

TEST_F(ChangeWatchTest, GoingBackIsToldAndResolvesWhatWasBefore) {
  TakeLoginAway();
  GiveLoginBack();
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), 2);
  EXPECT_EQ(Of(2, "state"), "confirmed");
  EXPECT_EQ(Of(1, "resolved_by"), "2");
  EXPECT_EQ(Of(1, "resolved_ms"), Of(2, "since_ms"));
  EXPECT_EQ(Of(2, "resolved_by"), "2");
  EXPECT_EQ(Sql("SELECT count(*) FROM changes WHERE open"), 0);
}

TEST_F(ChangeWatchTest, OneAgentAloneIsProbableBeforeItIsConfirmed) {
  Steady({1}, Offering("LOGIN PLAIN"));
  for (int i = 0; i < 3; ++i) {
    now_ms_ += 20'000;
    See({1}, Offering("PLAIN"));
  }
  EXPECT_EQ(Of(1, "state"), "probable");
  EXPECT_EQ(Of(1, "open"), "1");
  EXPECT_EQ(Of(1, "told_ms"), "");
  EXPECT_THAT(Metrics(), HasSubstr(R"(kind="auth_offer",location="office",port="587"} 0)"));
  for (int i = 0; i < 4; ++i) {
    now_ms_ += 20'000;
    See({1}, Offering("PLAIN"));
  }
  EXPECT_EQ(Of(1, "state"), "confirmed");
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), 1);
}

TEST_F(ChangeWatchTest, WhatIsContradictedIsCancelledAndStaysToBeRead) {
  Steady({1}, Offering("LOGIN PLAIN"));
  for (int i = 0; i < 3; ++i) {
    now_ms_ += 20'000;
    See({1}, Offering("PLAIN"));
  }
  See({1}, Offering("LOGIN PLAIN"));
  EXPECT_EQ(Of(1, "state"), "cancelled");
  EXPECT_EQ(Of(1, "open"), "0");
  EXPECT_THAT(Of(1, "words"), HasSubstr("LOGIN no longer offered"));
  EXPECT_EQ(Sql("SELECT count(*) FROM rule_history"), 1);
}

TEST_F(ChangeWatchTest, ASuspicionThatNobodyConfirmsEndsByItself) {
  Steady({1}, Offering("LOGIN PLAIN"));
  for (int i = 0; i < 3; ++i) {
    now_ms_ += 20'000;
    See({1}, Offering("PLAIN"));
  }
  now_ms_ += 3'600'000;
  parts_->watch.Tick(now_ms_, set_);
  Commit();
  EXPECT_EQ(Of(1, "state"), "cancelled");
}

TEST_F(ChangeWatchTest, ARestartTellsNothingTwice) {
  TakeLoginAway();
  Crash();
  Start();
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), 1);
  Steady({1, 2}, Offering("PLAIN"));
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM rule_history"), 2);
  // And it goes on: the next change has the next number, and resolves the one of the life before.
  See({1, 2, 1, 2}, Offering("LOGIN PLAIN"));
  EXPECT_EQ(Of(1, "resolved_by"), "2");
  EXPECT_EQ(Sql("SELECT count(*) FROM rule_history WHERE valid_to IS NULL"), 1);
}

TEST_F(ChangeWatchTest, ARestartRemembersWhenTheLastChangeWas) {
  TakeLoginAway();
  const std::string last =
      Text("SELECT printf('%d.%03d', since_ms / 1000, since_ms % 1000) FROM changes");
  Crash();
  Start();
  EXPECT_DOUBLE_EQ(LastChange(), std::stod(last));
  EXPECT_THAT(Metrics(), HasSubstr(R"(kind="auth_offer",location="office",port="587"} 0)"));
}

TEST_F(ChangeWatchTest, ARestartCancelsWhatWasOnlyProbable) {
  Steady({1}, Offering("LOGIN PLAIN"));
  for (int i = 0; i < 3; ++i) {
    now_ms_ += 20'000;
    See({1}, Offering("PLAIN"));
  }
  Crash();
  Start();
  EXPECT_EQ(Of(1, "state"), "cancelled");
  EXPECT_EQ(Of(1, "open"), "0");
  for (int i = 0; i < 7; ++i) {  // it was true, and is told under a new number
    now_ms_ += 20'000;
    See({1}, Offering("PLAIN"));
  }
  EXPECT_EQ(Of(2, "state"), "confirmed");
  EXPECT_EQ(Of(1, "state"), "cancelled");
}

TEST_F(ChangeWatchTest, NoMetricTellsAChangeOfTheFuture) {
  now_ms_ += kDayMs;
  TakeLoginAway();
  PutBackByADay();
  EXPECT_LE(LastChange(), static_cast<double>(now_ms_) / 1000);
  Crash();
  Start();
  EXPECT_LE(LastChange(), static_cast<double>(now_ms_) / 1000);
}

TEST_F(ChangeWatchTest, AClockThatWasADayAheadLeavesItSeeing) {
  now_ms_ += kDayMs;
  TakeLoginAway();
  PutBackByADay();
  GiveLoginBack();
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), 2);
  EXPECT_EQ(Of(2, "state"), "confirmed");
  EXPECT_THAT(Of(2, "words"), HasSubstr("LOGIN now offered"));
}

TEST_F(ChangeWatchTest, NorDoesARestartMakeItBlind) {
  now_ms_ += kDayMs;
  TakeLoginAway();
  now_ms_ -= kDayMs;
  Crash();
  Start();
  GiveLoginBack();
  EXPECT_EQ(Of(2, "state"), "confirmed");
}

TEST_F(ChangeWatchTest, AClockThatIsPutBackCancelsWhatWasOnlyProbable) {
  Steady({1}, Offering("LOGIN PLAIN"));
  for (int i = 0; i < 3; ++i) {
    now_ms_ += 20'000;
    See({1}, Offering("PLAIN"));
  }
  ASSERT_EQ(Of(1, "state"), "probable");
  PutBackByADay();
  EXPECT_EQ(Of(1, "state"), "cancelled");
}

TEST_F(ChangeWatchTest, AClockThatIsPutBackEndsTheQuietOfAFlappingKey) {
  TakeLoginAway();
  for (int i = 0; i < 3; ++i) {
    GiveLoginBack();
    TakeLoginAway();
  }
  const std::string untold = "SELECT count(*) FROM changes WHERE open AND told_ms IS NULL";
  ASSERT_EQ(Sql(untold), 1);
  PutBackByADay();
  EXPECT_EQ(Sql(untold), 0);
}

TEST_F(ChangeWatchTest, WhatHasNoVoteIsNotHeard) {
  Steady({1, 2}, Offering("LOGIN PLAIN"));
  for (const std::uint32_t flag : {kMoved, kBacklog, kPortal}) {
    for (int i = 0; i < 5; ++i) See({1, 2}, Offering("PLAIN"), "office", flag);
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), 0);
  EXPECT_TRUE(orders_.empty());
}

TEST_F(ChangeWatchTest, TheSameChangeElsewhereJoinsTheIncident) {
  Steady({1, 2}, Offering("LOGIN PLAIN"));
  Steady({3, 4}, Offering("LOGIN PLAIN"), "home");
  See({1, 2, 1, 2}, Offering("PLAIN"));
  See({3, 4, 3, 4}, Offering("PLAIN"), "home");
  EXPECT_EQ(Sql("SELECT count(*) FROM changes WHERE incident = 1 AND scope = 'global'"), 2);
  EXPECT_THAT(Of(1, "incident_words"), HasSubstr("corp-mail changed for office and home"));
}

TEST_F(ChangeWatchTest, AcceptsWhatIsOpenOnce) {
  TakeLoginAway();
  EXPECT_EQ(parts_->watch.Accept(7, now_ms_, set_).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(parts_->watch.Accept(0, now_ms_, set_).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(parts_->watch.Accept(1, now_ms_, set_).ok());
  Commit();
  EXPECT_EQ(Of(1, "accepted_ms"), std::to_string(now_ms_));
  EXPECT_EQ(Of(1, "open"), "0");
  EXPECT_EQ(Of(1, "resolved_ms"), "");
  EXPECT_EQ(parts_->watch.Accept(1, now_ms_, set_).code(), absl::StatusCode::kFailedPrecondition);
  // What is accepted is how it shall be: leaving it is a change that nothing has announced.
  GiveLoginBack();
  EXPECT_EQ(Of(2, "open"), "1");
}

TEST_F(ChangeWatchTest, AcceptsWhatAnEarlierLifeTold) {
  TakeLoginAway();
  Crash();
  Start();
  EXPECT_TRUE(parts_->watch.Accept(1, now_ms_, set_).ok());
}

TEST_F(ChangeWatchTest, KeepsQuietAboutAFlappingKeyUntilItIsCalm) {
  TakeLoginAway();
  for (int i = 0; i < 3; ++i) {  // each flip within minutes, and nothing is kept of the penalty
    See({1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2},
        i % 2 == 0 ? Offering("LOGIN PLAIN") : Offering("PLAIN"));
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM changes WHERE state = 'confirmed'"), 4);
  EXPECT_EQ(Of(2, "told_ms IS NULL"), "0");
  EXPECT_EQ(Of(4, "told_ms IS NULL"), "1");
  // What is in force once the key is calm is worth a word.
  See({1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}, Offering("CRAM-MD5"));
  EXPECT_EQ(Of(5, "told_ms IS NULL"), "1");
  now_ms_ += 4 * 3'600'000;
  parts_->watch.Tick(now_ms_, set_);
  Commit();
  EXPECT_EQ(Of(5, "told_ms"), std::to_string(now_ms_));
}

TEST_F(ChangeWatchTest, CountersExistAtZeroBeforeAnythingIsSeen) {
  const std::string metrics = Metrics();
  for (const char* location : {"office", "home"}) {
    for (const char* kind :
         {"auth_offer", "relay", "tls", "reachability", "interception", "certificate"}) {
      EXPECT_THAT(metrics, HasSubstr(std::string("relaywatch_policy_changes_total{endpoint="
                                                 "\"corp-mail\",kind=\"") +
                                     kind + "\",location=\"" + location + "\",port=\"587\"} 0"));
    }
  }
  EXPECT_THAT(metrics, Not(HasSubstr("relaywatch_policy_last_change_timestamp_seconds{")));
  See({1}, Offering("PLAIN"), "unknown");
  EXPECT_THAT(Metrics(), HasSubstr(R"(kind="tls",location="unknown",port="587"} 0)"));
}

TEST_F(ChangeWatchTest, CertificatesAreCountedAndToldForInformation) {
  const auto issued_by = [](const std::string& issuer) {
    return Facets{{detect::Facet::kReach, "open"}, {detect::Facet::kIssuer, issuer}};
  };
  Steady({1, 2}, issued_by("Old CA"));
  See({1, 2, 1, 2}, issued_by("New CA"));
  EXPECT_EQ(Of(1, "track"), "certificate");
  EXPECT_EQ(Of(1, "informational"), "1");
  EXPECT_EQ(Of(1, "incident"), "");
  EXPECT_THAT(Metrics(), HasSubstr(R"(kind="certificate",location="office",port="587"} 1)"));
}

}  // namespace
}  // namespace relaywatch::collector::testing
