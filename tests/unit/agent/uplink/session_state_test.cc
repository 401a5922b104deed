#include "agent/uplink/session_state.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/spool/memory_spool.h"
#include "common/result_stamp.h"

namespace relaywatch::agent {
namespace {

using namespace std::chrono_literals;
using Time = SessionState::Time;

constexpr std::uint64_t kEpoch = 0xabcdef;
constexpr std::uint64_t kBootId = 99;
constexpr std::int64_t kBootNow = 1'000'000;

// A session over a memory spool, with time under the test's hand.
class SessionStateTest : public testing::Test {
 protected:
  void Append(int count, bool news = false, const std::string& outcome = "") {
    for (int i = 0; i < count; ++i) {
      SpooledResult spooled;
      v1::Path path;
      path.set_endpoint("corp-mail");
      spooled.path = std::make_shared<v1::Path>(path);
      v1::Facts facts;
      facts.set_detail(outcome);
      spooled.outcome = std::make_shared<std::string>(facts.SerializeAsString());
      spooled.result.set_boot_ms(boot_ms_);
      spooled.result.set_wall_ms(static_cast<std::int64_t>(spool_.Head().last_seq + 1));
      spooled.boot_id = kBootId;
      spool_.Append(std::move(spooled), news);
      session_->OnAppended(now_, news);
    }
  }

  // `durable_seq` and `stamp` are of the head.
  absl::Status Welcome(std::uint64_t durable_seq = 0, std::uint32_t credit = 1000,
                       std::uint64_t stamp = 0) {
    v1::Welcome welcome;
    const v1::Hello hello = session_->MakeHello("1.2.3", {}, 0);
    for (const v1::EpochState& epoch : hello.epochs()) {
      welcome.add_epochs()->set_epoch(epoch.epoch());
    }
    welcome.mutable_epochs()->rbegin()->set_durable_seq(durable_seq);
    welcome.mutable_epochs()->rbegin()->set_stamp(stamp);
    welcome.set_credit(credit);
    return session_->OnWelcome(welcome, now_);
  }

  absl::Status Ack(std::uint64_t durable_seq, std::uint32_t credit = 1000,
                   std::chrono::seconds pause = 0s, std::uint64_t epoch = kEpoch) {
    v1::Ack ack;
    ack.set_epoch(epoch);
    ack.set_durable_seq(durable_seq);
    ack.set_credit(credit);
    ack.mutable_pause()->set_seconds(pause.count());
    return session_->OnAck(ack, now_);
  }

  absl::Status Rewind(std::uint64_t expected, std::uint64_t epoch = kEpoch) {
    v1::Rewind rewind;
    rewind.set_epoch(epoch);
    rewind.set_expected(expected);
    return session_->OnRewind(rewind);
  }

  std::optional<v1::Batch> Next() { return session_->NextBatch(now_, boot_ms_); }
  // "first-last" of what the next batch covers; "" where nothing is to be sent.
  std::string NextRange() {
    const auto batch = Next();
    if (!batch) return "";
    std::uint64_t count = static_cast<std::uint64_t>(batch->results_size());
    for (const auto& gap : batch->gaps()) count += gap.last_seq() - gap.first_seq() + 1;
    return std::to_string(batch->first_seq()) + "-" +
           std::to_string(batch->first_seq() + count - 1);
  }
  void Pass(std::chrono::milliseconds time) {
    now_ += time;
    boot_ms_ += time.count();
  }
  void NewStream() { session_ = std::make_unique<SessionState>(spool_, kBootId); }

  Time now_{1h};
  std::int64_t boot_ms_ = kBootNow;
  MemorySpool spool_{kEpoch, 1000};
  std::unique_ptr<SessionState> session_ = std::make_unique<SessionState>(spool_, kBootId);
};

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
}  // namespace relaywatch::agent
