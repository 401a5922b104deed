// What every spool must do, in memory or on disk.
#include "agent/spool/spool.h"

#include <gtest/gtest.h>

#include <set>

#include "agent/spool/memory_spool.h"
#include "agent/spool/sqlite_spool.h"
#include "tests/support/scratch.h"
#include "tests/unit/agent/spool/samples.h"

namespace relaywatch::agent {
namespace {

enum class Kind { kMemory, kDisk, kDiskFlushed };

class SpoolTest : public testing::TestWithParam<Kind> {
 protected:
  void Make(std::size_t max_results) {
    if (GetParam() == Kind::kMemory) {
      spool_ = std::make_unique<MemorySpool>(RandomEpoch(), max_results);
      return;
    }
    auto opened = SqliteSpool::Open(io_, clock_, scratch_ / "state", {.max_results = max_results});
    ASSERT_TRUE(opened.ok()) << opened.status();
    spool_ = *std::move(opened);
  }

  // Results with wall_ms 11, 12, …: ten more than their numbers.
  void Append(int count) {
    for (int i = 0; i < count; ++i) spool_->Append(ResultAt(++last_), false);
    Settle();
  }
  void Settle() {
    if (GetParam() == Kind::kDiskFlushed) static_cast<SqliteSpool&>(*spool_).Flush();
  }
  std::uint64_t Epoch() const { return spool_->Head().epoch; }
  SpoolChunk Read(std::uint64_t from, std::size_t results = kAll, std::size_t bytes = kAll) {
    return *spool_->Read(Epoch(), from, results, bytes);
  }

  asio::io_context io_;
  SystemClock clock_;
  support::ScratchDirectory scratch_;
  std::unique_ptr<Spool> spool_;
  std::int64_t last_ = 10;
};

INSTANTIATE_TEST_SUITE_P(Kinds, SpoolTest,
                         testing::Values(Kind::kMemory, Kind::kDisk, Kind::kDiskFlushed));

TEST_P(SpoolTest, IsEmptyAtFirst) {
  Make(10);
  ASSERT_EQ(spool_->Epochs().size(), 1U);
  EXPECT_NE(Epoch(), 0U);
  EXPECT_EQ(spool_->Head().first_seq, 0U);
  EXPECT_EQ(spool_->Head().last_seq, 0U);
  EXPECT_EQ(Read(1).first_seq, 0U);
  EXPECT_EQ(spool_->Stats().oldest_wall_ms, 0);
}

TEST_P(SpoolTest, NumbersFromOneAndReadsInOrder) {
  Make(10);
  Append(5);
  EXPECT_EQ(spool_->Head().first_seq, 1U);
  EXPECT_EQ(spool_->Head().last_seq, 5U);
  EXPECT_EQ(Times(Read(2, 3)), (std::vector<std::int64_t>{12, 13, 14}));
  EXPECT_EQ(Read(2, 3).first_seq, 2U);
  EXPECT_EQ(Read(2, 3).last_seq, 4U);
}

TEST_P(SpoolTest, GivesBackWhatItWasGiven) {
  Make(10);
  SpooledResult given = ResultAt(11, "facts");
  given.result.set_boot_ms(5);
  given.result.set_moved(true);
  given.result.add_stage_us(0);
  given.result.add_stage_us(250);
  given.boot_id = 0xfedcba9876543210;
  spool_->Append(given, true);
  Settle();
  const SpoolChunk chunk = Read(1);
  ASSERT_EQ(chunk.results.size(), 1U);
  EXPECT_EQ(chunk.results[0].result.SerializeAsString(), given.result.SerializeAsString());
  EXPECT_EQ(chunk.results[0].path->SerializeAsString(), given.path->SerializeAsString());
  EXPECT_EQ(*chunk.results[0].outcome, "facts");
  EXPECT_EQ(chunk.results[0].boot_id, given.boot_id);
}

TEST_P(SpoolTest, StopsReadingAboutAtTheByteBound) {
  Make(10);
  for (int i = 1; i <= 5; ++i) spool_->Append(ResultAt(i, std::string(1000, 'x')), false);
  Settle();
  EXPECT_EQ(Read(1, kAll, 2500).results.size(), 3U);
}

TEST_P(SpoolTest, TellsWhatItDroppedAsOneGap) {
  Make(3);
  Append(8);
  EXPECT_EQ(spool_->Head().first_seq, 1U);
  EXPECT_EQ(Content(*spool_, Epoch()), "gap(1-5 OVERFLOW) 6:16 7:17 8:18");
  EXPECT_EQ(Read(4).first_seq, 4U);
  EXPECT_EQ(Read(4).gaps[0].first_seq(), 4U);
  EXPECT_EQ(Read(4, 0).last_seq, 5U);
}

TEST_P(SpoolTest, CountsWhatItHoldsAndDropped) {
  Make(3);
  Append(8);
  const SpoolStats stats = spool_->Stats();
  EXPECT_EQ(stats.queued, 3U);
  EXPECT_EQ(stats.capacity, 3U);
  EXPECT_EQ(stats.oldest_wall_ms, 16);
  EXPECT_EQ(stats.drops.at(v1::GAP_REASON_OVERFLOW), 5U);
  EXPECT_EQ(stats.error, "");
}

TEST_P(SpoolTest, ForgetsWhatIsReleased) {
  Make(10);
  Append(5);
  spool_->Release(Epoch(), 3);
  Settle();
  EXPECT_EQ(spool_->Head().first_seq, 4U);
  EXPECT_EQ(Content(*spool_, Epoch()), "4:14 5:15");
  EXPECT_EQ(spool_->Stats().queued, 2U);
  EXPECT_TRUE(spool_->Stats().drops.empty());
}

TEST_P(SpoolTest, ForgetsAGapThatIsReleased) {
  Make(3);
  Append(8);
  spool_->Release(Epoch(), 4);
  EXPECT_EQ(Content(*spool_, Epoch()), "gap(5-5 OVERFLOW) 6:16 7:17 8:18");
  spool_->Release(Epoch(), 6);
  EXPECT_EQ(Content(*spool_, Epoch()), "7:17 8:18");
}

TEST_P(SpoolTest, GoesOnCountingWhenEverythingIsReleased) {
  Make(10);
  Append(5);
  spool_->Release(Epoch(), 1000);
  EXPECT_EQ(spool_->Head().first_seq, 0U);
  EXPECT_EQ(spool_->Head().last_seq, 5U);
  Append(1);
  EXPECT_EQ(Content(*spool_, Epoch()), "6:16");
}

TEST_P(SpoolTest, KeepsTheOldEpochBesideANewOneUntilItIsDrained) {
  Make(10);
  Append(3);
  const std::uint64_t old = Epoch();
  spool_->BeginEpoch();
  Append(2);
  ASSERT_EQ(spool_->Epochs().size(), 2U);
  EXPECT_EQ(Content(*spool_, old), "1:11 2:12 3:13");
  EXPECT_EQ(Content(*spool_, Epoch()), "1:14 2:15");
  spool_->Release(Epoch(), 2);  // what is live goes first
  spool_->Release(old, 3);
  EXPECT_EQ(spool_->Epochs().size(), 1U);
  EXPECT_EQ(spool_->Stats().queued, 0U);
}

TEST_P(SpoolTest, DropsTheOldestOfAllEpochs) {
  Make(4);
  Append(3);
  const std::uint64_t old = Epoch();
  spool_->BeginEpoch();
  Append(3);
  EXPECT_EQ(Content(*spool_, old), "gap(1-2 OVERFLOW) 3:13");
  EXPECT_EQ(Content(*spool_, Epoch()), "1:14 2:15 3:16");
}

TEST_P(SpoolTest, NumbersAnewUnderAnotherName) {
  Make(10);
  Append(5);
  const std::uint64_t old = Epoch();
  spool_->Release(old, 2);
  const std::uint64_t name = spool_->Rename(old);
  EXPECT_EQ(name, Epoch());
  EXPECT_NE(Epoch(), old);
  Append(1);
  EXPECT_EQ(Content(*spool_, Epoch()), "1:13 2:14 3:15 4:16");
  EXPECT_EQ(Content(*spool_, old), "");
}

TEST_P(SpoolTest, DropsAtOnceWhenItsBoundShrinks) {
  Make(10);
  Append(8);
  spool_->SetBounds({.max_results = 2});
  EXPECT_EQ(spool_->Stats().queued, 2U);
  EXPECT_EQ(spool_->Stats().drops.at(v1::GAP_REASON_OVERFLOW), 6U);
}

TEST(RandomEpoch, IsNewAndNotZero) {
  std::set<std::uint64_t> epochs;
  for (int i = 0; i < 1000; ++i) epochs.insert(RandomEpoch());
  EXPECT_EQ(epochs.size(), 1000U);
  EXPECT_FALSE(epochs.contains(0));
}

}  // namespace
}  // namespace relaywatch::agent
