#include "agent/spool/memory_spool.h"

#include <gtest/gtest.h>

#include <set>

namespace relaywatch::agent {
namespace {

constexpr std::size_t kAll = 1'000'000;

SpooledResult ResultAt(std::int64_t wall_ms, std::size_t outcome_bytes = 10) {
  SpooledResult spooled;
  spooled.path = std::make_shared<v1::Path>();
  spooled.outcome = std::make_shared<std::string>(outcome_bytes, 'x');
  spooled.result.set_wall_ms(wall_ms);
  return spooled;
}

// A spool that was given results with wall_ms 1, 2, … count: wall_ms equals the sequence number.
MemorySpool Filled(std::size_t bound, int count) {
  MemorySpool spool(77, bound);
  for (int i = 1; i <= count; ++i) EXPECT_TRUE(spool.Append(ResultAt(i)).ok());
  return spool;
}

std::vector<std::int64_t> Times(const SpoolChunk& chunk) {
  std::vector<std::int64_t> times;
  for (const SpooledResult* spooled : chunk.results) times.push_back(spooled->result.wall_ms());
  return times;
}

TEST(MemorySpool, IsEmptyAtFirst) {
  const MemorySpool spool(77, 10);
  EXPECT_EQ(spool.Epoch(), 77U);
  EXPECT_EQ(spool.FirstSeq(), 0U);
  EXPECT_EQ(spool.LastSeq(), 0U);
  EXPECT_EQ(spool.Read(1, kAll, kAll).first_seq, 0U);
}

TEST(MemorySpool, NumbersFromOneAndReadsInOrder) {
  const MemorySpool spool = Filled(10, 5);
  EXPECT_EQ(spool.FirstSeq(), 1U);
  EXPECT_EQ(spool.LastSeq(), 5U);
  const SpoolChunk chunk = spool.Read(2, 3, kAll);
  EXPECT_EQ(chunk.first_seq, 2U);
  EXPECT_EQ(chunk.last_seq, 4U);
  EXPECT_EQ(Times(chunk), (std::vector<std::int64_t>{2, 3, 4}));
  EXPECT_TRUE(chunk.gaps.empty());
}

TEST(MemorySpool, StopsReadingAboutAtTheByteBound) {
  MemorySpool spool(77, 10);
  for (int i = 1; i <= 5; ++i) EXPECT_TRUE(spool.Append(ResultAt(i, 1000)).ok());
  EXPECT_EQ(spool.Read(1, kAll, 2500).results.size(), 3U);
}

TEST(MemorySpool, TellsWhatItDroppedAsOneGap) {
  const MemorySpool spool = Filled(3, 8);
  EXPECT_EQ(spool.FirstSeq(), 1U);
  const SpoolChunk chunk = spool.Read(1, kAll, kAll);
  ASSERT_EQ(chunk.gaps.size(), 1U);
  EXPECT_EQ(chunk.gaps[0].first_seq(), 1U);
  EXPECT_EQ(chunk.gaps[0].last_seq(), 5U);
  EXPECT_EQ(chunk.gaps[0].reason(), v1::GAP_REASON_OVERFLOW);
  EXPECT_EQ(Times(chunk), (std::vector<std::int64_t>{6, 7, 8}));
  EXPECT_EQ(chunk.last_seq, 8U);
}

TEST(MemorySpool, ReadsFromTheMiddleOfAGap) {
  const SpoolChunk chunk = Filled(3, 8).Read(4, 0, kAll);
  ASSERT_EQ(chunk.gaps.size(), 1U);
  EXPECT_EQ(chunk.first_seq, 4U);
  EXPECT_EQ(chunk.gaps[0].first_seq(), 4U);
  EXPECT_EQ(chunk.last_seq, 5U);
}

TEST(MemorySpool, CountsWhatItHoldsAndDropped) {
  const SpoolStats stats = Filled(3, 8).Stats();
  EXPECT_EQ(stats.queued, 3U);
  EXPECT_EQ(stats.capacity, 3U);
  EXPECT_EQ(stats.oldest_wall_ms, 6);
  EXPECT_EQ(stats.drops.at(v1::GAP_REASON_OVERFLOW), 5U);
}

TEST(MemorySpool, ForgetsWhatIsReleased) {
  MemorySpool spool = Filled(10, 5);
  spool.Release(3);
  EXPECT_EQ(spool.FirstSeq(), 4U);
  EXPECT_EQ(spool.Read(1, kAll, kAll).first_seq, 4U);
  EXPECT_EQ(spool.Stats().queued, 2U);
  EXPECT_TRUE(spool.Stats().drops.empty());
}

TEST(MemorySpool, ForgetsAGapThatIsReleased) {
  MemorySpool spool = Filled(3, 8);
  spool.Release(4);
  const SpoolChunk rest = spool.Read(1, kAll, kAll);
  EXPECT_EQ(rest.first_seq, 5U);
  ASSERT_EQ(rest.gaps.size(), 1U);
  EXPECT_EQ(rest.gaps[0].first_seq(), 5U);
  spool.Release(6);
  EXPECT_TRUE(spool.Read(1, kAll, kAll).gaps.empty());
}

TEST(MemorySpool, GoesOnCountingWhenEverythingIsReleased) {
  MemorySpool spool = Filled(10, 5);
  spool.Release(5);
  EXPECT_EQ(spool.FirstSeq(), 0U);
  EXPECT_EQ(spool.LastSeq(), 5U);
  EXPECT_TRUE(spool.Append(ResultAt(6)).ok());
  EXPECT_EQ(spool.FirstSeq(), 6U);
  EXPECT_EQ(Times(spool.Read(1, kAll, kAll)), (std::vector<std::int64_t>{6}));
}

TEST(MemorySpool, TakesNoReleaseBackAndNoneBeyondItsEnd) {
  MemorySpool spool = Filled(10, 5);
  spool.Release(3);
  spool.Release(1);
  EXPECT_EQ(spool.FirstSeq(), 4U);
  spool.Release(1000);
  EXPECT_TRUE(spool.Append(ResultAt(6)).ok());
  EXPECT_EQ(spool.LastSeq(), 6U);
  EXPECT_EQ(spool.FirstSeq(), 6U);
}

TEST(MemorySpool, DropsAtOnceWhenItsBoundShrinks) {
  MemorySpool spool = Filled(10, 8);
  spool.SetBound(2);
  EXPECT_EQ(spool.Stats().queued, 2U);
  EXPECT_EQ(spool.Stats().drops.at(v1::GAP_REASON_OVERFLOW), 6U);
}

TEST(MemorySpool, DrawsEpochsThatAreNewAndNotZero) {
  std::set<std::uint64_t> epochs;
  for (int i = 0; i < 1000; ++i) epochs.insert(RandomEpoch());
  EXPECT_EQ(epochs.size(), 1000U);
  EXPECT_FALSE(epochs.contains(0));
}

}  // namespace
}  // namespace relaywatch::agent
