// What a stream's messages do to the store, and what is answered: the delivery rules, on a real
// store.
#include "collector/ingest/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/result_stamp.h"
#include "tests/unit/collector/ingest_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;

class SessionTest : public IngestFixture {
 protected:
  v1::AgentMessage First(std::uint64_t epoch, std::uint64_t first, int count) {
    return FirstBatch(epoch, first, count, PathTo(1, "office"), SubmissionFacts({"LOGIN"}));
  }
  std::int64_t Stored() { return Sql("SELECT count(*) FROM result"); }
  std::int64_t Mark(std::uint64_t epoch) {
    return Sql("SELECT hwm FROM epoch WHERE epoch = " + std::to_string(epoch));
  }
  static v1::AgentMessage HelloHolding(std::uint64_t epoch, std::uint64_t first,
                                       std::uint64_t last) {
    v1::AgentMessage hello = HelloOf(epoch);
    hello.mutable_hello()->mutable_epochs(0)->set_first_seq(first);
    hello.mutable_hello()->mutable_epochs(0)->set_last_seq(last);
    return hello;
  }
};

TEST_F(SessionTest, AppendsWhatFollowsOn) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 10));
  Say(office, BatchOf(1, 11, 5));
  EXPECT_EQ(office->last_ack(), 15u);
  EXPECT_EQ(Stored(), 15);
  EXPECT_EQ(Mark(1), 15);
  EXPECT_EQ(Sql("SELECT min(seq) FROM result"), 1);
  EXPECT_EQ(Sql("SELECT max(seq) FROM result"), 15);
}

TEST_F(SessionTest, AcknowledgesADuplicateAgain) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 10));
  Say(office, BatchOf(1, 1, 10));
  EXPECT_EQ(office->sent().back().ack().durable_seq(), 10u);
  EXPECT_EQ(office->sent().size(), 4u);  // Welcome, Plan, Ack, Ack
  EXPECT_EQ(Stored(), 10);
}

TEST_F(SessionTest, TellsTheStampOfTheResultItIsDurableUpTo) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 10));
  HangUp(office);
  const auto again = Connect("office", HelloHolding(1, 11, 10));
  const v1::DurableEpoch& durable = again->sent().front().welcome().epochs(0);
  EXPECT_EQ(durable.durable_seq(), 10u);
  EXPECT_EQ(durable.stamp(), ResultStamp(ResultOf(1, 1)));
  v1::AgentMessage lost = BatchOf(1, 11, 0);
  AddGap(lost, 11, 12);
  Say(again, lost);
  Crash();
  StartWriter();
  const auto third = Connect("office", HelloHolding(1, 13, 12));
  EXPECT_EQ(third->sent().front().welcome().epochs(0).durable_seq(), 12u);
  EXPECT_EQ(third->sent().front().welcome().epochs(0).stamp(), 0u);  // a gap has none
}

// Lineages tell the agent that comes back before its old stream is known to be dead from another
// holder of its certificate.
TEST_F(SessionTest, NoticesAnIdentityThatIsUsedTwice) {
  const auto lineage = [](const std::shared_ptr<FakeLink>& link) {
    return link->sent().front().welcome().lineage();
  };
  const auto hello = [](std::uint64_t epoch, std::uint64_t boot, std::uint64_t shown) {
    v1::AgentMessage message = HelloOf(epoch);
    message.mutable_hello()->set_boot_id(boot);
    message.mutable_hello()->set_lineage(shown);
    return message;
  };
  const std::string metric = "relaywatch_agent_duplicate_identity_total ";
  const auto office = Connect("office", hello(1, 5, 0));
  const auto back = Connect("office", hello(1, 5, lineage(office)));
  const auto restarted = Connect("office", hello(2, 5, 0));
  EXPECT_THAT(Metrics(), HasSubstr(metric + "0"));
  const auto clone = Connect("office", hello(3, 6, 0));  // another host
  EXPECT_THAT(Metrics(), HasSubstr(metric + "1"));
  const auto returned = Connect("office", hello(2, 5, lineage(restarted)));
  EXPECT_THAT(Metrics(), HasSubstr(metric + "2"));
  EXPECT_TRUE(clone->ended().has_value());
}

TEST_F(SessionTest, TrimsAnOverlap) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 10));
  Say(office, BatchOf(1, 6, 10));
  EXPECT_EQ(office->last_ack(), 15u);
  EXPECT_EQ(Stored(), 15);
  EXPECT_EQ(Sql("SELECT count(DISTINCT seq) FROM result"), 15);
}

TEST_F(SessionTest, AsksOnceForWhatIsMissing) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 10));
  Say(office, BatchOf(1, 21, 10));
  Say(office, BatchOf(1, 31, 10));  // was under way already
  EXPECT_EQ(office->last_rewind(), 11u);
  EXPECT_EQ(office->rewinds(), 1);
  EXPECT_EQ(Stored(), 10);
  Say(office, BatchOf(1, 11, 10));
  EXPECT_EQ(office->last_ack(), 20u);
  Say(office, BatchOf(1, 31, 10));  // and asks again where it happens again
  EXPECT_EQ(office->rewinds(), 2);
  EXPECT_EQ(office->last_rewind(), 21u);
}

TEST_F(SessionTest, LearnsTheDictionaryOfABatchThatHasToComeAgain) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 5, 1));  // a hole before it
  EXPECT_EQ(office->last_rewind(), 1u);
  Say(office, BatchOf(1, 1, 5));
  EXPECT_EQ(office->last_ack(), 5u);
}

TEST_F(SessionTest, ARecordedGapAdvancesTheMarkAndIsKept) {
  const auto office = Connect("office", HelloOf(1));
  v1::AgentMessage batch = First(1, 1, 4);
  AddGap(batch, 3, 12);  // numbers 1, 2, [3-12], 13, 14
  Say(office, batch);
  EXPECT_EQ(office->last_ack(), 14u);
  EXPECT_EQ(Stored(), 4);
  EXPECT_EQ(Sql("SELECT count(*) FROM result WHERE seq BETWEEN 3 AND 12"), 0);
  EXPECT_EQ(Sql("SELECT last_seq - first_seq + 1 FROM gaps WHERE reason = 'overflow'"), 10);
  EXPECT_THAT(Metrics(), HasSubstr("relaywatch_ingest_gap_results_total{reason=\"overflow\"} 10"));
}

TEST_F(SessionTest, AGapThatIsPartlyKnownIsKeptFromThereOn) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 5));
  v1::AgentMessage batch = BatchOf(1, 4, 1);
  AddGap(batch, 4, 9, v1::GAP_REASON_AGE);
  Say(office, batch);
  EXPECT_EQ(office->last_ack(), 10u);
  EXPECT_EQ(Sql("SELECT first_seq FROM gaps"), 6);
  EXPECT_EQ(Sql("SELECT last_seq FROM gaps"), 9);
}

TEST_F(SessionTest, ABatchMayBeNothingButGaps) {
  const auto office = Connect("office", HelloOf(1));
  v1::AgentMessage batch = BatchOf(1, 1, 0);
  AddGap(batch, 1, 100, v1::GAP_REASON_DAMAGE);
  AddGap(batch, 101, 150, v1::GAP_REASON_DISK);
  Say(office, batch);
  EXPECT_EQ(office->last_ack(), 150u);
  EXPECT_EQ(Sql("SELECT count(*) FROM gaps"), 2);
}

TEST_F(SessionTest, EpochsAreCountedApart) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 10));
  Say(office, BatchOf(2, 1, 3));
  EXPECT_EQ(office->last_ack(), 3u);
  Say(office, BatchOf(1, 11, 1, v1::LANE_BACKLOG));
  EXPECT_EQ(Mark(1), 11);
  EXPECT_EQ(Mark(2), 3);
  EXPECT_EQ(Stored(), 14);
}

TEST_F(SessionTest, WelcomeTellsHowFarEachEpochIsDurable) {
  {
    const auto office = Connect("office", HelloOf(1));
    Say(office, First(1, 1, 10));
    HangUp(office);
  }
  v1::AgentMessage hello = HelloHolding(1, 11, 20);
  hello.mutable_hello()->add_epochs()->set_epoch(2);
  const auto office = Connect("office", hello);
  const v1::Welcome welcome = office->sent().front().welcome();
  ASSERT_EQ(welcome.epochs_size(), 2);
  EXPECT_EQ(welcome.epochs(0).durable_seq(), 10u);
  EXPECT_EQ(welcome.epochs(1).durable_seq(), 0u);
}

// Its spool was restored from a copy: it gives out numbers again that we have.
TEST_F(SessionTest, AnAgentOlderThanTheStoreLearnsSoFromTheWelcome) {
  {
    const auto office = Connect("office", HelloOf(1));
    Say(office, First(1, 1, 100));
    HangUp(office);
  }
  const auto office = Connect("office", HelloHolding(1, 0, 60));
  EXPECT_EQ(office->sent().front().welcome().epochs(0).durable_seq(), 100u);
  EXPECT_EQ(Sql("SELECT count(*) FROM gaps"), 0);
}

// Our store was restored from a copy, or is new: what the agent gave up after our Ack never comes.
TEST_F(SessionTest, AStoreOlderThanTheAgentRecordsTheGap) {
  const auto office = Connect("office", HelloHolding(1, 51, 60));
  EXPECT_EQ(office->sent().front().welcome().epochs(0).durable_seq(), 50u);
  EXPECT_EQ(Sql("SELECT last_seq FROM gaps WHERE first_seq = 1 AND reason = 'damage'"), 50);
  Say(office, First(1, 51, 10));
  EXPECT_EQ(office->last_ack(), 60u);
  EXPECT_EQ(office->rewinds(), 0);
}

TEST_F(SessionTest, OneDistinctOutcomeIsOneRowWhoeverSendsIt) {
  const auto office = Connect("office", HelloOf(1));
  const auto home = Connect("home", HelloOf(2));
  Say(office, First(1, 1, 3));
  v1::Facts facts = SubmissionFacts({"LOGIN"});
  Say(home, FirstBatch(2, 1, 3, PathTo(1, "home"), facts));
  EXPECT_EQ(Sql("SELECT count(*) FROM outcome"), 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM series"), 2);
  EXPECT_EQ(Sql("SELECT count(DISTINCT profile) FROM judgements"),
            static_cast<std::int64_t>(judge::BuiltInProfiles().size()));
}

TEST_F(SessionTest, FactsAreNormalisedWhateverTheAgentSays) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 1));
  v1::Facts facts = SubmissionFacts({"LOGIN"});
  facts.mutable_greeting()->set_text("mail.example.com ESMTP id 4XyZ1A2b3c4d5e6f7g");
  Say(office, FirstBatch(1, 2, 1, PathTo(1, "office"), facts));
  facts.mutable_greeting()->set_text("mail.example.com ESMTP id 9QwE8r7t6y5u4i3o2p");
  Say(office, FirstBatch(1, 3, 1, PathTo(1, "office"), facts));
  EXPECT_EQ(Sql("SELECT count(*) FROM outcome"), 2);
}

TEST_F(SessionTest, ABatchIsTakenAsAWholeOrNotAtAll) {
  const auto office = Connect("office", HelloOf(1));
  v1::AgentMessage batch = First(1, 1, 10);
  batch.mutable_batch()->mutable_results(9)->set_outcome(77);
  Say(office, batch);
  ASSERT_TRUE(office->ended());
  EXPECT_EQ(office->ended()->code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(office->ended()->message()), HasSubstr("outcome 77 was never sent"));
  EXPECT_EQ(Stored(), 0);
  EXPECT_THAT(Metrics(), HasSubstr("relaywatch_ingest_rejected_total{reason=\"reference\"} 1"));
}

TEST_F(SessionTest, WhatComesBehindARefusedMessageIsDropped) {
  const auto office = Connect("office", HelloOf(1));
  v1::AgentMessage bad = First(1, 1, 1);
  bad.mutable_batch()->clear_lane();
  Push(office, bad);
  Say(office, First(1, 1, 5));
  HangUp(office);
  EXPECT_EQ(Stored(), 0);
  EXPECT_THAT(Metrics(), HasSubstr("relaywatch_ingest_rejected_total{reason=\"sequence\"} 1"));
  EXPECT_THAT(Metrics(), HasSubstr("relaywatch_ingest_rejected_total{reason=\"order\"} 0"));
}

TEST_F(SessionTest, TheFirstMessageMustBeAHelloAndTheOnlyOne) {
  const auto early = std::make_shared<FakeLink>("early");
  Say(early, First(1, 1, 1));
  ASSERT_TRUE(early->ended());
  EXPECT_THAT(std::string(early->ended()->message()), HasSubstr("no Hello"));
  const auto twice = Connect("twice", HelloOf(1));
  Say(twice, HelloOf(1));
  ASSERT_TRUE(twice->ended());
  EXPECT_THAT(std::string(twice->ended()->message()), HasSubstr("second Hello"));
}

TEST_F(SessionTest, AnAgentCannotOpenEpochsWithoutEnd) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 1));
  for (std::uint64_t epoch = 2; !office->ended() && epoch < 1000; ++epoch) {
    Say(office, BatchOf(epoch, 1, 1));
  }
  ASSERT_TRUE(office->ended());
  EXPECT_THAT(std::string(office->ended()->message()), HasSubstr("more than 256 epochs"));
}

TEST_F(SessionTest, RepliesOnceToManyBatchesOfOneGroup) {
  const auto office = Connect("office", HelloOf(1));
  parts_->disk.Fail(absl::ResourceExhaustedError("disk full"));
  Push(office, First(1, 1, 10));
  parts_->disk.WaitForFailures(1);  // the writer is busy: the rest gathers
  for (std::uint64_t first = 11; first < 101; first += 10) Push(office, BatchOf(1, first, 10));
  parts_->disk.Fail(absl::OkStatus());
  Say(office, BatchOf(1, 101, 1));
  EXPECT_EQ(office->last_ack(), 101u);
  EXPECT_LT(office->sent().size(), 8u);
  EXPECT_EQ(Stored(), 101);
}

TEST_F(SessionTest, RefusalsAreKeptForTheFleet) {
  const auto office = Connect("office", HelloOf(1));
  v1::AgentMessage message;
  v1::PlanReport& report = *message.mutable_plan_report();
  report.set_revision(3);
  report.add_refusals()->set_reason("port 22 is not in the agent's policy.ports");
  report.mutable_refusals(0)->set_endpoint("corp");
  report.mutable_refusals(0)->set_port(22);
  Say(office, message);
  AgentView view = parts_->fleet.Snapshot().at(0);
  EXPECT_EQ(view.plan_revision, 3u);
  ASSERT_EQ(view.refusals.size(), 1u);
  EXPECT_EQ(view.refusals[0].port(), 22u);
  HangUp(office);  // what is known of it stays
  EXPECT_EQ(parts_->fleet.Snapshot().at(0).refusals.size(), 1u);

  const auto again = Connect("office", HelloOf(1));
  report.clear_refusals();
  Say(again, message);
  EXPECT_TRUE(parts_->fleet.Snapshot().at(0).refusals.empty());
}

TEST_F(SessionTest, WhatMovedOrMetAPortalDoesNotVote) {
  const auto office = Connect("office", HelloOf(1));
  v1::AgentMessage batch = First(1, 1, 4);
  batch.mutable_batch()->mutable_results(1)->set_moved(true);
  batch.mutable_batch()->mutable_results(2)->set_captive_portal(true);
  Say(office, batch);
  EXPECT_EQ(Stored(), 4);
  EXPECT_EQ(Sql("SELECT sum(moved) * 10 + sum(captive_portal) FROM results"), 11);
  EXPECT_EQ(Sql("SELECT count(*) FROM result WHERE flags = 0"), 2);
  EXPECT_THAT(Metrics(), HasSubstr("profile=\"outlook\",verdict=\"ok\"} 2\n"));
}

// An agent that was restarted can only tell its own clock's time, by a day too late or too early.
TEST_F(SessionTest, AClockADayFastMakesNoHistoryOfTheFuture) {
  constexpr std::int64_t kDayMs = 24 * 3'600'000;
  const auto office = Connect("office", HelloOf(1));
  v1::AgentMessage message = First(1, 1, 3);
  message.mutable_batch()->set_boot_id(6);
  message.mutable_batch()->mutable_results(0)->set_wall_ms(clock_.now.wall_ms + kDayMs);
  message.mutable_batch()->mutable_results(1)->set_wall_ms(253'402'300'799'999);
  message.mutable_batch()->mutable_results(2)->set_wall_ms(clock_.now.wall_ms - kDayMs);
  Say(office, message);
  const std::string time = "SELECT time_ms FROM results WHERE seq = ";
  EXPECT_EQ(Sql(time + "1"), clock_.now.wall_ms);
  EXPECT_EQ(Sql(time + "2"), clock_.now.wall_ms);
  EXPECT_EQ(Sql(time + "3"), clock_.now.wall_ms - kDayMs);
}

TEST_F(SessionTest, OurClockThatIsPutRightTellsTheTimeOfWhatComesThen) {
  constexpr std::int64_t kDayMs = 24 * 3'600'000;
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, 1));
  const std::string time = "SELECT time_ms FROM results WHERE seq = ";
  const std::int64_t before = Sql(time + "1");
  EXPECT_NEAR(static_cast<double>(before - clock_.now.wall_ms), 0, 10'000);
  for (const std::int64_t step : {kDayMs, -2 * kDayMs}) {
    clock_.PutForward(step);
    Say(office, First(1, step > 0 ? 2 : 3, 1));
  }
  EXPECT_EQ(Sql(time + "2"), before + kDayMs);
  EXPECT_EQ(Sql(time + "3"), before - kDayMs);
}

TEST_F(SessionTest, StatusIsKeptForTheFleet) {
  const auto office = Connect("office", HelloOf(1));
  v1::AgentMessage message;
  message.mutable_status()->set_location("office");
  message.mutable_status()->set_queued_results(12);
  message.mutable_status()->set_wall_ms(clock_.now.wall_ms + 2'500);
  Say(office, message);
  const auto agents = parts_->fleet.Snapshot();
  ASSERT_EQ(agents.size(), 1u);
  EXPECT_EQ(agents[0].location, "office");
  EXPECT_EQ(agents[0].status.queued_results(), 12u);
  EXPECT_EQ(agents[0].clock_offset_ms, 2'500);
  EXPECT_TRUE(agents[0].connected);
}

}  // namespace
}  // namespace relaywatch::collector::testing
