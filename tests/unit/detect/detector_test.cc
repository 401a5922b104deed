#include "collector/detect/detector.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/judge/facts_builder.h"

namespace relaywatch::collector::detect {
namespace {

using judge::FactsBuilder;
using judge::Smtp;

FactsBuilder Offering(const std::string& mechanisms) {
  return Smtp(v1::SECURITY_STARTTLS)
      .Greeting("mail ESMTP")
      .Plain({"mail", "STARTTLS"})
      .StartTls()
      .InTls({"mail", "AUTH " + mechanisms})
      .Foreign(554, "5.7.1", "Relay access denied");
}

FactsBuilder Cut(v1::Failure failure) { return Smtp().Cut(v1::STAGE_CONNECT, failure); }

class DetectorTest : public testing::Test {
 protected:
  DetectorTest() { key_ = Key(587); }

  KeyId Key(std::uint32_t port) {
    return detector_.Key(
        {.location = "office", .endpoint = "mail", .port = port, .protocol = v1::PROTOCOL_SMTP});
  }

  // An answer now; outcomes are numbered by their facts.
  void See(std::uint32_t agent, const v1::Facts& facts, std::uint32_t flags = 0) {
    See(key_, agent, facts, now_ms_, flags);
  }
  void See(KeyId key, std::uint32_t agent, const v1::Facts& facts, std::int64_t time_ms,
           std::uint32_t flags = 0) {
    const auto [it, is_new] = outcomes_.try_emplace(
        facts.SerializeAsString(),
        std::make_pair(static_cast<std::int64_t>(outcomes_.size() + 1), ReadAnswer(facts)));
    detector_.Observe({.key = key,
                       .agent = agent,
                       .time_ms = time_ms,
                       .received_ms = now_ms_,
                       .outcome = it->second.first,
                       .flags = flags,
                       .answer = &it->second.second},
                      actions_);
  }

  // Both agents, once a minute.
  void Minutes(int count, const v1::Facts& facts, int agents = 2) {
    for (int i = 0; i < count; ++i) {
      now_ms_ += kMinuteMs;
      for (int agent = 1; agent <= agents; ++agent) See(static_cast<std::uint32_t>(agent), facts);
    }
  }

  template <typename What>
  std::vector<What> Take() {
    std::vector<What> taken;
    for (const Action& action : actions_) {
      if (const auto* what = std::get_if<What>(&action)) taken.push_back(*what);
    }
    actions_.clear();
    return taken;
  }

  Detector detector_{100};
  KeyId key_ = 0;
  std::int64_t now_ms_ = kHourMs;
  std::vector<Action> actions_;
  std::map<std::string, std::pair<std::int64_t, Answer>> outcomes_;
};

TEST_F(DetectorTest, LearnsTheFirstRuleWithoutAnEvent) {
  See(1, Offering("LOGIN"));
  See(2, Offering("LOGIN"));
  EXPECT_TRUE(actions_.empty());
  See(1, Offering("LOGIN"));
  const auto rows = Take<HistoryRow>();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_FALSE(rows[0].closes);
  EXPECT_EQ(rows[0].valid_from_ms, kHourMs);
  EXPECT_EQ(rows[0].rules.front()->Value(Facet::kAuthTls), "LOGIN");
}

TEST_F(DetectorTest, AsksAtOnceAndConfirmsByQuorum) {
  Minutes(40, Offering("LOGIN PLAIN"));
  actions_.clear();
  now_ms_ += kMinuteMs;
  const std::int64_t since = now_ms_;
  See(1, Offering("PLAIN"));
  const auto orders = Take<ProbeOrder>();
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].agents, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_GE(orders[0].times, 2U);
  EXPECT_EQ(orders[0].within_ms, 20 * kSecondMs);
  now_ms_ += 8 * kSecondMs;
  See(2, Offering("PLAIN"));
  See(1, Offering("PLAIN"));
  EXPECT_TRUE(Take<ChangeEvent>().empty());
  See(2, Offering("PLAIN"));
  std::vector<HistoryRow> rows;
  for (const Action& action : actions_) {
    if (const auto* row = std::get_if<HistoryRow>(&action)) rows.push_back(*row);
  }
  const auto events = Take<ChangeEvent>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].id, 101U);
  EXPECT_EQ(events[0].state, ChangeState::kConfirmed);
  EXPECT_EQ(Labels(events[0].kinds), "auth_offer");
  EXPECT_EQ(events[0].words, "LOGIN no longer offered after STARTTLS");
  EXPECT_EQ(events[0].since_ms, since);
  EXPECT_EQ(events[0].evidence.size(), 4U);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].closes);
  EXPECT_EQ(rows[0].valid_from_ms, since);
}

TEST_F(DetectorTest, AContradictionCancels) {
  Minutes(40, Offering("LOGIN PLAIN"));
  See(1, Offering("PLAIN"));
  See(1, Offering("PLAIN"));
  See(2, Offering("LOGIN PLAIN"));
  for (int i = 0; i < 4; ++i) {
    See(1, Offering("PLAIN"));
    See(2, Offering("LOGIN PLAIN"));
  }
  EXPECT_TRUE(Take<ChangeEvent>().empty());
}

TEST_F(DetectorTest, AnAnswerFromBeforeTheSuspicionContradictsNothing) {
  Minutes(40, Offering("LOGIN PLAIN"));
  now_ms_ += kMinuteMs;
  See(1, Offering("PLAIN"));
  See(key_, 2, Offering("LOGIN PLAIN"), now_ms_ - kSecondMs);
  See(1, Offering("PLAIN"));
  See(2, Offering("PLAIN"));
  See(2, Offering("PLAIN"));
  EXPECT_EQ(Take<ChangeEvent>().size(), 1U);
}

TEST_F(DetectorTest, WhatHasNoVoteIsNotSeen) {
  Minutes(40, Offering("LOGIN PLAIN"));
  actions_.clear();
  for (const std::uint32_t flag : {1U, 2U, 4U}) {
    for (int i = 0; i < 10; ++i) See(1 + i % 2, Offering("PLAIN"), flag);
  }
  EXPECT_TRUE(actions_.empty());
}

TEST_F(DetectorTest, OneAgentIsProbableThenConfirmed) {
  Minutes(40, Offering("LOGIN PLAIN"), 1);
  for (int i = 0; i < 3; ++i) {
    now_ms_ += 10 * kSecondMs;
    See(1, Offering("PLAIN"));
  }
  auto events = Take<ChangeEvent>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].state, ChangeState::kProbable);
  for (int i = 0; i < 10; ++i) {
    now_ms_ += 10 * kSecondMs;
    See(1, Offering("PLAIN"));
  }
  const std::uint64_t id = events[0].id;
  events = Take<ChangeEvent>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].state, ChangeState::kConfirmed);
  EXPECT_EQ(events[0].id, id);
}

TEST_F(DetectorTest, WhatWasProbableAndIsNotSoIsCancelled) {
  Minutes(40, Offering("LOGIN PLAIN"), 1);
  for (int i = 0; i < 3; ++i) See(1, Offering("PLAIN"));
  const auto probable = Take<ChangeEvent>();
  See(1, Offering("LOGIN PLAIN"));
  const auto cancelled = Take<ChangeEvent>();
  ASSERT_EQ(cancelled.size(), 1U);
  EXPECT_EQ(cancelled[0].state, ChangeState::kCancelled);
  EXPECT_EQ(cancelled[0].id, probable.at(0).id);
}

TEST_F(DetectorTest, APortIsBlockedOnlyWhileSomethingElseAnswers) {
  const KeyId other = Key(465);
  for (const bool has_witness : {false, true}) {
    Minutes(40, Offering("LOGIN"));
    actions_.clear();
    for (int i = 0; i < 6; ++i) {
      now_ms_ += 20 * kSecondMs;
      for (std::uint32_t agent = 1; agent <= 2; ++agent) {
        if (has_witness) See(other, agent, Offering("LOGIN"), now_ms_);
        See(agent, Cut(v1::FAILURE_CONNECT_TIMEOUT));
      }
    }
    const auto events = Take<ChangeEvent>();
    ASSERT_EQ(events.size(), has_witness ? 1U : 0U);
    if (!has_witness) continue;
    EXPECT_EQ(events[0].words, "port 587 blocked; 465 answers");
  }
}

TEST_F(DetectorTest, ARestartOfSecondsIsNoClosedPort) {
  Minutes(40, Offering("LOGIN"));
  actions_.clear();
  for (int i = 0; i < 8; ++i) {
    now_ms_ += kSecondMs;
    See(1 + i % 2, Cut(v1::FAILURE_CONNECT_REFUSED));
  }
  EXPECT_TRUE(Take<ChangeEvent>().empty());
  now_ms_ += 20 * kSecondMs;
  See(1, Cut(v1::FAILURE_CONNECT_REFUSED));
  EXPECT_EQ(Take<ChangeEvent>().at(0).words, "port 587 refuses connections");
}

// An agent logs in now and then; its answers in between say nothing about that.
TEST_F(DetectorTest, LoginsHaveAHistoryOfTheirOwn) {
  v1::Facts accepted = Offering("LOGIN").LoginAccepted("LOGIN");
  v1::Facts refused =
      Offering("LOGIN").LoginRefused("LOGIN", 535, "5.7.139", "Basic auth disabled");
  for (int i = 0; i < 4; ++i) {
    Minutes(14, Offering("LOGIN"), 1);
    Minutes(1, accepted, 1);
  }
  EXPECT_TRUE(Take<ChangeEvent>().empty());
  for (int i = 0; i < 40; ++i) {
    Minutes(14, Offering("LOGIN"), 1);
    Minutes(1, i < 30 ? accepted : refused, 1);
  }
  const auto events = Take<ChangeEvent>();
  ASSERT_GE(events.size(), 1U);
  EXPECT_EQ(events[0].state, ChangeState::kProbable);
  EXPECT_EQ(events[0].track, TrackId::kLogin);
  EXPECT_EQ(events[0].words, "logins now refused by policy: 535 5.7.139");
}

TEST_F(DetectorTest, AnExpiredCertificateIsInformation) {
  Minutes(40, Offering("LOGIN").Certificate(v1::VERIFY_ERROR_UNSPECIFIED));
  v1::Facts expired = Offering("LOGIN").Certificate(v1::VERIFY_ERROR_EXPIRED);
  expired.mutable_tls()->mutable_certificate()->set_issuer("CN=x");
  v1::Facts valid = expired;
  valid.mutable_tls()->set_verify_error(v1::VERIFY_ERROR_UNSPECIFIED);
  Minutes(40, valid);
  actions_.clear();
  Minutes(6, expired);
  const auto events = Take<ChangeEvent>();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().state, ChangeState::kConfirmed);
  EXPECT_TRUE(events.back().is_informational);
  EXPECT_EQ(events.back().words, "the certificate has expired");
}

TEST_F(DetectorTest, APoolIsToldOnce) {
  for (int minute = 0; minute < 200; ++minute) {
    Minutes(1, minute % 2 == 0 ? Offering("PLAIN") : Offering("LOGIN"));
  }
  const auto events = Take<ChangeEvent>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(events[0].is_pool);
  EXPECT_EQ(
      events[0].words,
      "answers differ from one connection to the next: AUTH LOGIN is offered after STARTTLS / "
      "AUTH PLAIN is offered after STARTTLS");
}

TEST_F(DetectorTest, GoesOnAfterARestart) {
  Rule rule = ReadAnswer(Offering("LOGIN PLAIN")).rule;
  detector_.Restore(key_, TrackId::kServed, {rule}, 5, now_ms_);
  for (int i = 0; i < 2; ++i) {
    See(1, Offering("PLAIN"));
    See(2, Offering("PLAIN"));
  }
  EXPECT_EQ(Take<ChangeEvent>().at(0).words, "LOGIN no longer offered after STARTTLS");
}

TEST_F(DetectorTest, ForgetsASuspicionThatNobodyShares) {
  Minutes(40, Offering("LOGIN PLAIN"), 1);
  for (int i = 0; i < 3; ++i) See(1, Offering("PLAIN"));
  ASSERT_EQ(Take<ChangeEvent>().size(), 1U);
  now_ms_ += kHourMs;
  detector_.Tick(now_ms_, actions_);
  EXPECT_EQ(Take<ChangeEvent>().at(0).state, ChangeState::kCancelled);
}

// Agents that see different rules for good: few orders, and no change.
TEST_F(DetectorTest, DoesNotFloodAKeyThatFlaps) {
  Minutes(40, Offering("LOGIN"));
  actions_.clear();
  for (int minute = 0; minute < 50; ++minute) {
    now_ms_ += kMinuteMs;
    See(1, Offering("LOGIN"));
    See(2, Offering("PLAIN"));
  }
  EXPECT_LE(Take<ProbeOrder>().size(), 20U);
}

}  // namespace
}  // namespace relaywatch::collector::detect
