// One queue over one stream: what is sent when, and what an answer does to it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/agent/uplink/session_state_fixture.h"

namespace relaywatch::agent::testing {
namespace {

using namespace std::chrono_literals;

TEST_F(SessionStateTest, IntroducesItsQueueInHello) {
  Append(3);
  const v1::Hello hello = session_->MakeHello("1.2.3", {111, 222}, 7);
  EXPECT_EQ(hello.version(), "1.2.3");
  EXPECT_EQ(hello.boot_id(), kBootId);
  EXPECT_EQ(hello.wall_ms(), 111);
  EXPECT_EQ(hello.boot_ms(), 222);
  EXPECT_EQ(hello.plan_revision(), 7U);
  ASSERT_EQ(hello.epochs_size(), 1);
  EXPECT_EQ(hello.epochs(0).epoch(), kEpoch);
  EXPECT_EQ(hello.epochs(0).first_seq(), 1U);
  EXPECT_EQ(hello.epochs(0).last_seq(), 3U);
  EXPECT_EQ(hello.epochs(0).lane(), v1::LANE_LIVE);
}

TEST_F(SessionStateTest, SendsNothingBeforeTheWelcome) {
  Append(300);
  EXPECT_EQ(session_->NextWake(), std::nullopt);
  EXPECT_FALSE(Next());
}

TEST_F(SessionStateTest, SendsWhatWaitedAsSoonAsItIsWelcome) {
  Append(3);
  ASSERT_TRUE(Welcome().ok());
  EXPECT_EQ(NextRange(), "1-3");
  EXPECT_FALSE(Next());
}

TEST_F(SessionStateTest, StartsBehindWhatTheCollectorHas) {
  Append(5);
  ASSERT_TRUE(Welcome(3).ok());
  EXPECT_EQ(spool_.Stats().queued, 2U);
  EXPECT_EQ(NextRange(), "4-5");
}

TEST_F(SessionStateTest, WaitsTwoSecondsForMore) {
  ASSERT_TRUE(Welcome().ok());
  Append(1);
  EXPECT_FALSE(Next());
  EXPECT_EQ(session_->NextWake(), now_ + 2s);
  Pass(1s);
  Append(1);
  Pass(999ms);
  EXPECT_FALSE(Next());
  Pass(1ms);
  EXPECT_EQ(NextRange(), "1-2");
  EXPECT_EQ(session_->NextWake(), std::nullopt);
}

TEST_F(SessionStateTest, SendsNewsAtOnce) {
  ASSERT_TRUE(Welcome().ok());
  Append(1);
  Append(1, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-2");
}

TEST_F(SessionStateTest, SendsFullBatchesAtOnce) {
  ASSERT_TRUE(Welcome().ok());
  Append(450);
  EXPECT_EQ(NextRange(), "1-200");
  EXPECT_EQ(NextRange(), "201-400");
  EXPECT_EQ(NextRange(), "");  // the last 50 wait for their two seconds
  Pass(2s);
  EXPECT_EQ(NextRange(), "401-450");
}

TEST_F(SessionStateTest, SendsWhatIsLeftAtOnceWhenFlushed) {
  ASSERT_TRUE(Welcome().ok());
  Append(2);
  session_->Flush(now_);
  EXPECT_EQ(NextRange(), "1-2");
  EXPECT_FALSE(session_->Drained());
  ASSERT_TRUE(Ack(2).ok());
  EXPECT_TRUE(session_->Drained());
}

TEST_F(SessionStateTest, NeverExceedsItsCredit) {
  ASSERT_TRUE(Welcome(0, 30).ok());
  Append(100);
  Pass(2s);
  EXPECT_EQ(NextRange(), "1-30");
  EXPECT_EQ(session_->NextWake(), std::nullopt);
  ASSERT_TRUE(Ack(30, 20).ok());
  EXPECT_EQ(NextRange(), "31-50");
  EXPECT_EQ(NextRange(), "");
  ASSERT_TRUE(Ack(30, 25).ok());  // no progress, more credit
  EXPECT_EQ(NextRange(), "51-55");
}

TEST_F(SessionStateTest, WaitsWhenTheCollectorAsksForAPause) {
  ASSERT_TRUE(Welcome().ok());
  Append(1, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-1");
  ASSERT_TRUE(Ack(1, 1000, 7s).ok());
  Append(1, /*news=*/true);
  EXPECT_FALSE(Next());
  EXPECT_EQ(session_->NextWake(), now_ + 7s);
  Pass(7s);
  EXPECT_EQ(NextRange(), "2-2");
}

TEST_F(SessionStateTest, BoundsAPauseAtFiveMinutes) {
  ASSERT_TRUE(Welcome().ok());
  ASSERT_TRUE(Ack(0, 1000, std::chrono::hours(24 * 365)).ok());
  Append(1, /*news=*/true);
  EXPECT_EQ(session_->NextWake(), now_ + 300s);
}

TEST_F(SessionStateTest, ReleasesOnlyWhatIsAcknowledged) {
  ASSERT_TRUE(Welcome().ok());
  Append(10, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-10");
  EXPECT_EQ(spool_.Stats().queued, 10U);
  ASSERT_TRUE(Ack(4).ok());
  EXPECT_EQ(spool_.Stats().queued, 6U);
  EXPECT_FALSE(session_->Settled());
  ASSERT_TRUE(Ack(10).ok());
  EXPECT_TRUE(session_->Settled());
}

TEST_F(SessionStateTest, TakesADuplicateAckForNothing) {
  ASSERT_TRUE(Welcome().ok());
  Append(2, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-2");
  ASSERT_TRUE(Ack(2).ok());
  ASSERT_TRUE(Ack(2).ok());
  ASSERT_TRUE(Ack(1).ok());
  Append(1, /*news=*/true);
  EXPECT_EQ(NextRange(), "3-3");
}

TEST_F(SessionStateTest, SendsAgainFromWhereTheCollectorRewinds) {
  ASSERT_TRUE(Welcome().ok());
  Append(10, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-10");
  ASSERT_TRUE(Rewind(4).ok());
  EXPECT_EQ(NextRange(), "4-10");
  ASSERT_TRUE(Ack(10).ok());
  EXPECT_TRUE(session_->Drained());
}

TEST_F(SessionStateTest, TellsAGapWhenItCannotGoBackThatFar) {
  ASSERT_TRUE(Welcome().ok());
  Append(10, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-10");
  ASSERT_TRUE(Ack(6).ok());
  ASSERT_TRUE(Rewind(3).ok());
  const auto batch = Next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->first_seq(), 3U);
  ASSERT_EQ(batch->gaps_size(), 1);
  EXPECT_EQ(batch->gaps(0).first_seq(), 3U);
  EXPECT_EQ(batch->gaps(0).last_seq(), 6U);
  EXPECT_EQ(batch->gaps(0).reason(), v1::GAP_REASON_DAMAGE);
  EXPECT_EQ(batch->results_size(), 4);
}

TEST_F(SessionStateTest, TellsACollectorThatForgotWhatWillNeverComeAgain) {
  ASSERT_TRUE(Welcome().ok());
  Append(10, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-10");
  ASSERT_TRUE(Ack(10).ok());
  NewStream();
  ASSERT_TRUE(Welcome(2).ok());  // restored from yesterday's copy
  const auto batch = Next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->first_seq(), 3U);
  ASSERT_EQ(batch->gaps_size(), 1);
  EXPECT_EQ(batch->gaps(0).last_seq(), 10U);
  EXPECT_EQ(batch->results_size(), 0);
}

TEST_F(SessionStateTest, TellsTheGapOfAnOverflowBeforeWhatFollows) {
  Append(1500);
  ASSERT_TRUE(Welcome().ok());
  const auto batch = Next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->first_seq(), 1U);
  ASSERT_EQ(batch->gaps_size(), 1);
  EXPECT_EQ(batch->gaps(0).last_seq(), 500U);
  EXPECT_EQ(batch->results_size(), 200);
  EXPECT_EQ(batch->results(0).wall_ms(), 501);
  EXPECT_EQ(NextRange(), "701-900");
}

TEST_F(SessionStateTest, ResendsOnANewStreamWhatWasNotAcknowledged) {
  ASSERT_TRUE(Welcome().ok());
  Append(10, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-10");
  NewStream();
  ASSERT_TRUE(Welcome(7).ok());
  const auto batch = Next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->first_seq(), 8U);
  EXPECT_EQ(batch->paths_size(), 1);  // a dictionary ends with its stream
  EXPECT_EQ(batch->outcomes_size(), 1);
}

TEST_F(SessionStateTest, DefinesPathAndOutcomeOnce) {
  ASSERT_TRUE(Welcome().ok());
  Append(2, /*news=*/true, "a");
  Append(1, /*news=*/true, "b");
  const auto first = Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->paths_size(), 1);
  ASSERT_EQ(first->outcomes_size(), 2);
  EXPECT_EQ(first->outcomes(0).facts().detail(), "a");
  EXPECT_EQ(first->results(1).outcome(), first->outcomes(0).ref());
  EXPECT_EQ(first->results(2).outcome(), first->outcomes(1).ref());
  EXPECT_NE(first->outcomes(0).ref(), 0U);
  Append(1, /*news=*/true, "a");
  const auto second = Next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->paths_size(), 0);
  EXPECT_EQ(second->outcomes_size(), 0);
  EXPECT_EQ(second->results(0).outcome(), first->outcomes(0).ref());
}

TEST_F(SessionStateTest, KeepsABatchBelowTheMessageLimit) {
  ASSERT_TRUE(Welcome().ok());
  for (int i = 0; i < 100; ++i) Append(1, true, std::string(10'000, 'x') + std::to_string(i));
  std::uint64_t results = 0;
  while (const auto batch = Next()) {
    EXPECT_LE(batch->ByteSizeLong(), kMaxBatchBytes);
    results += static_cast<std::uint64_t>(batch->results_size());
  }
  EXPECT_EQ(results, 100U);
}

TEST_F(SessionStateTest, EndsAStreamWhoseDictionaryIsFull) {
  ASSERT_TRUE(Welcome(0, 50'000).ok());
  std::size_t sent = 0;
  for (std::size_t i = 0; i <= Dictionary::kMaxEntries; ++i) {
    Append(1, /*news=*/true, "outcome " + std::to_string(i));
    if (Next()) ++sent;
  }
  EXPECT_EQ(sent, Dictionary::kMaxEntries);
  EXPECT_TRUE(session_->NeedsRenewal());
  ASSERT_TRUE(Ack(sent).ok());
  EXPECT_TRUE(session_->Settled());
  EXPECT_FALSE(session_->Drained());
  NewStream();
  ASSERT_TRUE(Welcome(sent).ok());
  EXPECT_TRUE(Next());
}

}  // namespace
}  // namespace relaywatch::agent::testing
