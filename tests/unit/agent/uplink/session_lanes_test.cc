// What is fresh beside what waited, epochs before this one, and answers that no collector gives.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/result_stamp.h"
#include "tests/unit/agent/uplink/session_state_fixture.h"

namespace relaywatch::agent::testing {
namespace {

using namespace std::chrono_literals;

TEST_F(SessionStateTest, SendsWhatWaitedOutAnOutageAsBacklogInItsOwnBatch) {
  Append(3);
  Pass(31s);
  Append(2);
  ASSERT_TRUE(Welcome().ok());
  const auto backlog = Next();
  ASSERT_TRUE(backlog);
  EXPECT_EQ(backlog->lane(), v1::LANE_BACKLOG);
  EXPECT_EQ(backlog->results_size(), 3);
  const auto live = Next();
  ASSERT_TRUE(live);
  EXPECT_EQ(live->lane(), v1::LANE_LIVE);
  EXPECT_EQ(live->results_size(), 2);
}

TEST_F(SessionStateTest, SendsWhatIsFreshBeforeWhatWaited) {
  Append(450);
  Pass(31s);
  ASSERT_TRUE(Welcome().ok());
  EXPECT_EQ(Next()->lane(), v1::LANE_BACKLOG);
  ASSERT_EQ(spool_.Epochs().size(), 2U);  // it waited too long: another head has begun
  Append(1, /*news=*/true);
  const auto live = Next();
  ASSERT_TRUE(live);
  EXPECT_EQ(live->lane(), v1::LANE_LIVE);
  EXPECT_EQ(live->epoch(), spool_.Head().epoch);
  EXPECT_EQ(live->first_seq(), 1U);
  const auto backlog = Next();
  ASSERT_TRUE(backlog);
  EXPECT_EQ(backlog->epoch(), kEpoch);
  EXPECT_EQ(backlog->first_seq(), 201U);
  EXPECT_EQ(backlog->lane(), v1::LANE_BACKLOG);
}

TEST_F(SessionStateTest, LeavesAQuarterOfTheCreditToWhatIsFresh) {
  Append(450);
  Pass(31s);
  ASSERT_TRUE(Welcome(0, 240).ok());
  EXPECT_EQ(Next()->results_size(), 200);  // while it was the head
  EXPECT_FALSE(Next());
  Append(1, /*news=*/true);
  EXPECT_EQ(Next()->lane(), v1::LANE_LIVE);
  ASSERT_TRUE(Ack(200, 240).ok());
  EXPECT_EQ(Next()->results_size(), 179);  // 240 less a quarter and the one on the way
}

TEST_F(SessionStateTest, ForgetsAnEpochThatIsDrained) {
  Append(3);
  Pass(31s);
  ASSERT_TRUE(Welcome().ok());
  EXPECT_TRUE(Next());
  ASSERT_TRUE(Ack(3).ok());
  EXPECT_EQ(spool_.Epochs().size(), 1U);
  ASSERT_TRUE(Ack(3).ok());  // said again
  EXPECT_TRUE(session_->Drained());
}

TEST_F(SessionStateTest, AsksForAnotherStreamWhereOneCannotServeAllEpochs) {
  for (std::size_t i = 0; i < kMaxEpochsOfStream + 3; ++i) {
    Append(1);
    spool_.BeginEpoch();
  }
  Pass(31s);
  ASSERT_TRUE(Welcome().ok());
  std::size_t sent = 0;
  while (const auto batch = Next()) {
    ++sent;
    EXPECT_FALSE(session_->NeedsRenewal());
    ASSERT_TRUE(Ack(1, 1000, 0s, batch->epoch()).ok());
  }
  EXPECT_EQ(sent, kMaxEpochsOfStream - 1);
  EXPECT_TRUE(session_->NeedsRenewal());
  NewStream();
  ASSERT_TRUE(Welcome().ok());
  while (const auto batch = Next()) ASSERT_TRUE(Ack(1, 1000, 0s, batch->epoch()).ok());
  EXPECT_FALSE(session_->NeedsRenewal());
  EXPECT_TRUE(session_->Drained());
}

TEST_F(SessionStateTest, SplitsBatchesWhereTheHostWasBooted) {
  SpooledResult before{std::make_shared<v1::Path>(), std::make_shared<std::string>(), {}, 5};
  before.result.set_boot_ms(kBootNow);
  spool_.Append(before, false);
  Append(1);
  ASSERT_TRUE(Welcome().ok());
  const auto first = Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->boot_id(), 5U);
  EXPECT_EQ(first->lane(), v1::LANE_BACKLOG);  // how long a boot took, no clock tells
  const auto second = Next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->boot_id(), kBootId);
  EXPECT_EQ(second->lane(), v1::LANE_LIVE);
}

// A copy of the running agent (a machine restored or cloned with its memory) went on with our
// numbers: what we were not acknowledged goes under a new name, whoever got further.
TEST_F(SessionStateTest, TakesANewNameWhereACopyGotFurther) {
  Append(10);
  ASSERT_TRUE(Welcome(11).ok());
  EXPECT_NE(spool_.Head().epoch, kEpoch);
  EXPECT_EQ(spool_.Stats().queued, 10U);
  EXPECT_EQ(NextRange(), "1-10");
}

TEST_F(SessionStateTest, TakesANewNameWhereTheNumberIsAnothersResult) {
  Append(10);
  ASSERT_TRUE(Welcome(4, 1000, /*stamp=*/12345).ok());
  EXPECT_NE(spool_.Head().epoch, kEpoch);
  EXPECT_EQ(NextRange(), "1-10");
}

TEST_F(SessionStateTest, KnowsItsOwnResultByItsStamp) {
  Append(10);
  const auto own = spool_.Read(kEpoch, 4, 1, 1);
  ASSERT_TRUE(Welcome(4, 1000, ResultStamp(own->results[0].result)).ok());
  EXPECT_EQ(spool_.Head().epoch, kEpoch);
  EXPECT_EQ(NextRange(), "5-10");
}

TEST_F(SessionStateTest, TakesALongProbeForLive) {
  SpooledResult spooled;
  spooled.boot_id = kBootId;
  spooled.result.set_boot_ms(kBootNow - 60'000);
  EXPECT_EQ(LaneOf(spooled, {kBootId, kBootNow}), v1::LANE_BACKLOG);
  spooled.result.add_stage_us(10'000'000);
  spooled.result.add_stage_us(49'000'000);  // ended a second ago
  EXPECT_EQ(LaneOf(spooled, {kBootId, kBootNow}), v1::LANE_LIVE);
  EXPECT_EQ(LaneOf(spooled, {kBootId + 1, kBootNow}), v1::LANE_BACKLOG);
}

TEST_F(SessionStateTest, SendsNothingNewWhenHeldBack) {
  ASSERT_TRUE(Welcome().ok());
  Append(1, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-1");
  session_->HoldBack();
  Append(1, /*news=*/true);
  EXPECT_FALSE(Next());
  ASSERT_TRUE(Ack(1).ok());
  EXPECT_TRUE(session_->Settled());
}

// What a broken or hostile collector may say; nothing of it may cost a result.
TEST_F(SessionStateTest, BelievesNoAckBeyondWhatWasSent) {
  ASSERT_TRUE(Welcome(0, 5).ok());
  Append(10, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-5");
  EXPECT_EQ(Ack(6).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Ack(UINT64_MAX).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(spool_.Stats().queued, 10U);
}

TEST_F(SessionStateTest, RefusesAWelcomeForAnotherQueue) {
  session_->MakeHello("1.2.3", {}, 0);
  v1::Welcome welcome;
  EXPECT_EQ(session_->OnWelcome(welcome, now_).code(), absl::StatusCode::kInvalidArgument);
  welcome.add_epochs()->set_epoch(kEpoch + 1);
  EXPECT_EQ(session_->OnWelcome(welcome, now_).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SessionStateTest, RefusesASecondWelcome) {
  ASSERT_TRUE(Welcome().ok());
  EXPECT_EQ(Welcome().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SessionStateTest, RefusesAnswersBeforeTheWelcomeAndForOtherQueues) {
  EXPECT_EQ(Ack(0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Rewind(1).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(Welcome().ok());
  EXPECT_EQ(Ack(0, 1, 0s, kEpoch + 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Rewind(1, kEpoch + 1).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SessionStateTest, RefusesARewindToWhereItNeverWas) {
  ASSERT_TRUE(Welcome().ok());
  Append(2, /*news=*/true);
  EXPECT_EQ(NextRange(), "1-2");
  EXPECT_EQ(Rewind(0).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Rewind(4).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Rewind(3).ok());
}

TEST_F(SessionStateTest, GivesUpOnACollectorThatOnlyRewinds) {
  ASSERT_TRUE(Welcome().ok());
  Append(2, /*news=*/true);
  absl::Status status;
  int rewinds = 0;
  while (status.ok() && rewinds < 10'000) {
    EXPECT_EQ(NextRange(), "1-2");
    status = Rewind(1);
    ++rewinds;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(spool_.Stats().queued, 2U);
}

}  // namespace
}  // namespace relaywatch::agent::testing
