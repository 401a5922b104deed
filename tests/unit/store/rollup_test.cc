// Roll-ups: what a row keeps of its buckets, and that reading puts the levels together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "collector/store/bucket_sink.h"
#include "collector/store/reader.h"
#include "collector/store/rollup_codec.h"
#include "collector/store/rollup_period.h"
#include "collector/store/rollup_table.h"
#include "collector/store/sqlite_store.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kMonday = 20'720 * kDay;

ResultRow Row(std::int64_t series, std::int64_t time_ms, std::int64_t outcome) {
  ResultRow row;
  row.series = series;
  row.time_ms = time_ms;
  row.outcome = outcome;
  row.stage_us = {0, 1'000, 2'000};
  return row;
}

Bucket BucketOf(std::int64_t series, std::int64_t start_ms,
                const std::vector<std::int64_t>& outcomes) {
  Bucket bucket;
  bucket.Restart(series, start_ms);
  for (const std::int64_t outcome : outcomes) bucket.Add(Row(series, start_ms, outcome));
  return bucket;
}

// A day's worth, with gaps, several outcomes and every kind of timing.
std::vector<Bucket> RandomBuckets(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Bucket> buckets;
  for (std::int64_t i = 0; i < 288; ++i) {
    if (random() % 7 == 0) continue;
    Bucket bucket;
    bucket.Restart(3, kMonday + i * 300'000);
    for (std::uint32_t n = 1 + random() % 6; n > 0; --n) {
      ResultRow row = Row(3, bucket.start_ms, random() % 40 == 0 ? 9 : 17);
      for (auto& stage : row.stage_us) stage = random() % 5 == 0 ? 0 : random() >> (random() % 32);
      bucket.Add(row);
    }
    buckets.push_back(bucket);
  }
  return buckets;
}

absl::StatusOr<std::vector<Bucket>> Decoded(const RollupRow& row, const BucketRange& range = {}) {
  const std::int64_t id = RollupId(3, PeriodOf(Level::kFiveMinutes, kMonday));
  return DecodeRollup(Level::kFiveMinutes, id, range, row.counts, row.stages);
}

TEST(RollupCodec, WhatIsEncodedComesBack) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const auto buckets = RandomBuckets(seed);
    const auto decoded = Decoded(EncodeRollup(Level::kFiveMinutes, kMonday, buckets));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, buckets);
  }
}

// What the sink makes of single buckets.
std::vector<Bucket> Summed(const std::vector<Bucket>& buckets, const BucketRange& range) {
  std::vector<Bucket> sums;
  const auto collect = [&](const Bucket& bucket) {
    sums.push_back(bucket);
    return true;
  };
  BucketSink sink(range.step_ms, collect);
  for (const Bucket& bucket : buckets) {
    const bool wanted =
        bucket.start_ms + 300'000 > range.since_ms && bucket.start_ms < range.until_ms;
    if (wanted) sink.Add(bucket);
  }
  sink.Finish();
  return sums;
}

TEST(RollupCodec, ComesBackAddedUpAsFarAsItIsAskedFor) {
  std::mt19937 random(3);
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const auto buckets = RandomBuckets(seed);
    const RollupRow row = EncodeRollup(Level::kFiveMinutes, kMonday, buckets);
    const std::int64_t since_ms = kMonday - kDay / 4 + static_cast<std::int64_t>(random() % kDay);
    const std::int64_t until_ms = since_ms + static_cast<std::int64_t>(random() % kDay);
    const BucketRange range{{}, since_ms, until_ms, std::int64_t{300'000} << random() % 10};
    const auto decoded = Decoded(row, range);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, Summed(buckets, range)) << since_ms << " by " << range.step_ms;
  }
}

TEST(RollupCodec, AWeekOfHoursComesBack) {
  const std::int64_t id = RollupId(3, PeriodOf(Level::kHour, kMonday));
  const std::int64_t start_ms = PeriodStartMs(Level::kHour, id);
  const std::vector<Bucket> hours = {BucketOf(3, start_ms, {7, 8}),
                                     BucketOf(3, start_ms + 30 * 3'600'000, {7})};
  const RollupRow row = EncodeRollup(Level::kHour, start_ms, hours);
  const BucketRange by_day{.step_ms = kDay};
  const auto decoded = DecodeRollup(Level::kHour, id, by_day, row.counts, row.stages);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ASSERT_EQ(decoded->size(), 2U);
  EXPECT_EQ(decoded->front(), hours.front());
  EXPECT_EQ(decoded->back().start_ms, start_ms + kDay);
  EXPECT_EQ(decoded->back().outcomes, hours.back().outcomes);
}

TEST(RollupCodec, CountsAreJsonForSql) {
  const std::vector<Bucket> buckets = {
      BucketOf(3, kMonday, {7, 7}), BucketOf(3, kMonday + 300'000, {7, 8}),
      BucketOf(3, kMonday + 900'000, {7}), BucketOf(3, kMonday + 100 * 300'000, {7})};
  EXPECT_EQ(EncodeRollup(Level::kFiveMinutes, kMonday, buckets).counts,
            "[[7,0,[2,1,0,1]],[7,100,[1]],[8,1,[1]]]");
}

TEST(RollupCodec, ADamagedRowIsToldAndDoesNoHarm) {
  const RollupRow whole = EncodeRollup(Level::kFiveMinutes, kMonday, RandomBuckets(1));
  std::mt19937 random(5);
  int refused = 0;
  for (int round = 0; round < 2'000; ++round) {
    RollupRow bad = whole;
    std::string& part = round % 2 == 0 ? bad.counts : bad.stages;
    part[random() % part.size()] = static_cast<char>(random());
    if (round % 5 == 0) part.resize(random() % part.size());
    const auto decoded = Decoded(bad);
    if (decoded.ok()) continue;  // a digit that became another digit
    EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
    ++refused;
  }
  EXPECT_GT(refused, 1'000);
  for (const char* counts :
       {"", "{}", "[1]", "[[7,0]]", "[[7,289,[1]]]", "[[7,288,[1]]]", "[[-7,0,[1]]]",
        "[[7,0,[-1]]]", "[[7,0,[4294967296]]]", "[[7,0.5,[1]]]", "[[\"7\",0,[1]]]"}) {
    EXPECT_FALSE(Decoded({counts, whole.stages}).ok()) << counts;
  }
}

class RollupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = SqliteStore::Open(scratch_ / "data");
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    CommitSet set;
    for (std::int64_t id = 1; id <= 3; ++id) {
      set.series.push_back({id,
                            {"hq", "corp", "mail.example.com", v1::PROTOCOL_SMTP,
                             v1::SECURITY_STARTTLS, static_cast<std::uint32_t>(id), "192.0.2.1"}});
    }
    ASSERT_TRUE(store_->Commit(set).ok());
    auto reader = Reader::Open(scratch_ / "data");
    ASSERT_TRUE(reader.ok()) << reader.status();
    reader_ = *std::move(reader);
  }

  // As maintenance does, by a connection of the test's own.
  void Add(Level level, const std::vector<Bucket>& buckets) {
    auto database = sqlite::Database::Open(scratch_ / "data/relaywatch.db");
    const auto added = AddToRollup(*database, level, buckets);
    ASSERT_TRUE(added.ok()) << added;
  }
  void Covers(Level level, std::int64_t since_ms) {
    auto database = sqlite::Database::Open(scratch_ / "data/relaywatch.db");
    ASSERT_TRUE(SetCoveredSince(*database, level, since_ms).ok());
  }
  void AddRaw(std::int64_t series, std::int64_t time_ms, std::int64_t outcome) {
    CommitSet set;
    set.results.push_back(Row(series, time_ms, outcome));
    ASSERT_TRUE(store_->Commit(set).ok());
  }

  // "series@minutes:outcome*count…" of each.
  std::vector<std::string> Scan(const BucketRange& range, Level expected) {
    std::vector<std::string> seen;
    const auto level = reader_->ScanBuckets(range, [&](const Bucket& bucket) {
      std::string text = std::to_string(bucket.series) + "@" +
                         std::to_string((bucket.start_ms - kMonday) / 60'000);
      for (const OutcomeCount& each : bucket.outcomes) {
        text += ":" + std::to_string(each.outcome) + "*" + std::to_string(each.count);
      }
      seen.push_back(text);
      return true;
    });
    EXPECT_TRUE(level.ok()) << level.status();
    if (level.ok()) {
      EXPECT_EQ(*level, expected) << Label(*level);
    }
    return seen;
  }

  support::ScratchDirectory scratch_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Reader> reader_;
};

TEST_F(RollupTest, WhatIsAddedLaterIsAddedUp) {
  Add(Level::kFiveMinutes, {BucketOf(1, kMonday, {7}), BucketOf(1, kMonday + kDay, {7})});
  Add(Level::kFiveMinutes, {BucketOf(1, kMonday, {7, 8}), BucketOf(1, kMonday + 600'000, {7})});
  Covers(Level::kRaw, kMonday + 2 * kDay);
  EXPECT_THAT(Scan({{}, kMonday, kMonday + 2 * kDay}, Level::kFiveMinutes),
              ElementsAre("1@0:7*2:8*1", "1@10:7*1", "1@1440:7*1"));
}

TEST_F(RollupTest, TheFinestLevelThatCoversTheRangeIsRead) {
  Add(Level::kHour, {BucketOf(1, kMonday, {1})});
  Add(Level::kFiveMinutes, {BucketOf(1, kMonday + kDay, {2})});
  AddRaw(1, kMonday + 2 * kDay, 3);
  Covers(Level::kFiveMinutes, kMonday + kDay);
  Covers(Level::kRaw, kMonday + 2 * kDay);
  EXPECT_THAT(Scan({{}, kMonday + 2 * kDay}, Level::kRaw), ElementsAre("1@2880:3*1"));
  EXPECT_THAT(Scan({{}, kMonday + kDay}, Level::kFiveMinutes),
              ElementsAre("1@1440:2*1", "1@2880:3*1"));
  EXPECT_THAT(Scan({{}, kMonday}, Level::kHour),
              ElementsAre("1@0:1*1", "1@1440:2*1", "1@2880:3*1"));
}

TEST_F(RollupTest, AStepIsRoundedUpToWholeOnesOfTheLevel) {
  Add(Level::kFiveMinutes, {BucketOf(1, kMonday, {2}), BucketOf(1, kMonday + 300'000, {2})});
  Covers(Level::kRaw, kMonday + kDay);
  const std::int64_t end = kMonday + kDay;
  EXPECT_THAT(Scan({{}, kMonday, end, 60'000}, Level::kFiveMinutes),
              ElementsAre("1@0:2*1", "1@5:2*1"));
  EXPECT_THAT(Scan({{}, kMonday, end, 600'000}, Level::kFiveMinutes), ElementsAre("1@0:2*2"));
}

TEST_F(RollupTest, OnlyTheSeriesAndTimesThatAreAskedFor) {
  for (std::int64_t series = 1; series <= 3; ++series) {
    Add(Level::kFiveMinutes,
        {BucketOf(series, kMonday, {2}), BucketOf(series, kMonday + 300'000, {2}),
         BucketOf(series, kMonday + 600'000, {2})});
    AddRaw(series, kMonday + 300'000, 3);  // came late
  }
  Covers(Level::kRaw, kMonday + kDay);
  EXPECT_THAT(Scan({{1, 3}, kMonday + 300'000, kMonday + 600'000}, Level::kFiveMinutes),
              ElementsAre("1@5:2*1:3*1", "3@5:2*1:3*1"));
}

TEST_F(RollupTest, PlainSqlReadsTheCounts) {
  Add(Level::kFiveMinutes, {BucketOf(2, kMonday + 300'000, {7, 7, 8})});
  Add(Level::kHour, {BucketOf(2, kMonday - 7 * kDay, {9})});
  auto rows = sqlite::Statement::Prepare(
      reader_->database(),
      "SELECT level || ' ' || time || ' ' || location || ' ' || port || ' ' || protocol || ' ' || "
      "outcome || ' ' || count FROM rollups ORDER BY time, outcome");
  ASSERT_TRUE(rows.ok()) << rows.status();
  std::vector<std::string> seen;
  while (*rows->Step()) seen.emplace_back(rows->Text(0));
  EXPECT_THAT(seen, ElementsAre("hours 2026-09-17T00:00:00Z hq 2 smtp 9 1",
                                "five_minutes 2026-09-24T00:05:00Z hq 2 smtp 7 2",
                                "five_minutes 2026-09-24T00:05:00Z hq 2 smtp 8 1"));
}

TEST_F(RollupTest, CoverageOnlyMovesForward) {
  Covers(Level::kRaw, 500);
  Covers(Level::kRaw, 300);
  EXPECT_EQ(*CoveredSince(reader_->database(), Level::kRaw), 500);
  EXPECT_EQ(*CoveredSince(reader_->database(), Level::kHour), 0);
}

}  // namespace
}  // namespace relaywatch::collector
