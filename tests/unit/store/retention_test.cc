// What grows old grows coarser, and nothing is counted twice or not at all on the way.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include "collector/store/rollup_table.h"
#include "collector/store/steady_belief.h"
#include "tests/unit/store/history_fixture.h"

namespace relaywatch::collector::testing {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kWeekMs = 7 * kDayMs;
constexpr std::int64_t kStart = 2'960 * kWeekMs;

TEST(SteadyBelief, FollowsAClockThatRuns) {
  SteadyBelief belief(0);
  for (std::int64_t now = kStart; now < kStart + kHourMs; now += 10'000) {
    EXPECT_EQ(belief.Look(now), now);
  }
}

TEST(SteadyBelief, AClockThatJumpsIsBelievedADayAnHour) {
  SteadyBelief belief(kStart);
  belief.Look(kStart);
  const std::int64_t wrong = kStart + 365 * kDayMs;
  belief.Look(wrong);
  EXPECT_LE(belief.belief_ms(), kStart + kHourMs);
  for (std::int64_t passed = 0; passed <= kHourMs; passed += 10'000) belief.Look(wrong + passed);
  EXPECT_NEAR(static_cast<double>(belief.belief_ms() - kStart), kDayMs, kHourMs);
  EXPECT_EQ(belief.Look(kStart + kHourMs), kStart + kHourMs);  // put right again
}

TEST(SteadyBelief, MakesUpForAStandstill) {
  SteadyBelief belief(kStart);
  std::int64_t now = kStart + kWeekMs;
  for (int i = 0; i < 8 * 360; ++i) belief.Look(now += 10'000);
  EXPECT_EQ(belief.belief_ms(), now);
}

class RetentionTest : public HistoryFixture {
 protected:
  void SetUp() override {
    Reopen();
    ASSERT_TRUE(store_->Commit(Names(3, 1, 4)).ok());
  }

  void Reopen() {
    store_.reset();
    auto store = SqliteStore::Open(directory(), SmallSteps(), kShort, {2, 3});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  // Everything there is to do at that time, told as a running clock would; `steps` at most.
  void Keep(std::int64_t now_ms, int steps = 1'000'000) {
    auto more = store_->Maintain(now_ms);
    while (more.ok() && *more && --steps > 0) more = store_->Maintain(now_ms);
    ASSERT_TRUE(more.ok()) << more.status();
  }
  // Lets the clock run from where it stood.
  void RunTo(std::int64_t now_ms) {
    for (; now_ms_ < now_ms; now_ms_ += 20 * 60'000) {
      ASSERT_TRUE(store_->Maintain(now_ms_).ok());
    }
    Keep(now_ms_);
  }

  void Add(std::int64_t series, std::int64_t time_ms, std::int64_t outcome) {
    CommitSet set;
    ResultRow row;
    row.epoch = 1;
    row.seq = ++seq_;
    row.series = series;
    row.time_ms = time_ms;
    row.outcome = outcome;
    row.stage_us = {0, 1'500};
    set.results.push_back(row);
    set.latest_complete = true;
    ASSERT_TRUE(store_->Commit(set).ok());
    ++added_[outcome];
  }

  // By outcome, over all time.
  std::map<std::int64_t, std::int64_t> Counts(std::int64_t since_ms = 0) {
    auto reader = Reader::Open(directory());
    EXPECT_TRUE(reader.ok()) << reader.status();
    std::map<std::int64_t, std::int64_t> counts;
    auto snapshot = (*reader)->Begin(std::chrono::seconds(10));
    const auto level = (*reader)->ScanBuckets({.since_ms = since_ms}, [&](const Bucket& bucket) {
      std::int64_t all = 0;
      for (const OutcomeCount& each : bucket.outcomes) {
        counts[each.outcome] += each.count;
        all += each.count;
      }
      EXPECT_EQ(bucket.stages[1].count(), static_cast<std::uint64_t>(all));
      return true;
    });
    EXPECT_TRUE(level.ok()) << level.status();
    level_ = level.value_or(Level::kRaw);
    return counts;
  }

  static constexpr Retention kShort{std::chrono::hours(24), std::chrono::hours(24 * 7),
                                    std::chrono::hours(24 * 21)};
  std::int64_t now_ms_ = kStart;
  std::uint64_t seq_ = 0;
  std::map<std::int64_t, std::int64_t> added_;
  Level level_ = Level::kRaw;
};

TEST_F(RetentionTest, ResultsBecomeFiveMinutesThenHoursThenNothing) {
  for (int i = 0; i < 120; ++i) Add(1 + i % 2, kStart + i * 60'000, 1 + i % 3);
  RunTo(kStart + 6 * kHourMs);
  EXPECT_EQ(Counts(), added_);
  EXPECT_EQ(level_, Level::kRaw);
  RunTo(kStart + 2 * kDayMs);
  EXPECT_EQ(Sql("SELECT count(*) FROM chunk"), 0);
  EXPECT_EQ(Sql("SELECT sum(count) FROM rollups WHERE level = 'five_minutes'"), 120);
  EXPECT_EQ(Counts(), added_);
  EXPECT_EQ(Counts(kStart), added_);
  RunTo(kStart + 15 * kDayMs);
  EXPECT_EQ(Sql("SELECT count(*) FROM five_minutes"), 0);
  EXPECT_EQ(Counts(), added_);
  EXPECT_EQ(level_, Level::kHour);
  RunTo(kStart + 29 * kDayMs);
  EXPECT_EQ(Sql("SELECT count(*) FROM hours"), 0);
  EXPECT_TRUE(Counts().empty());
}

// A day of a series is one row, which is expensive to write; so its results wait for each other.
TEST_F(RetentionTest, ADayGoesAtOnce) {
  for (int hour = 0; hour < 30; ++hour) {
    for (std::int64_t series = 1; series <= 3; ++series) {
      Add(series, kStart + hour * kHourMs + 1'000, 1);
    }
    RunTo(kStart + (hour + 1) * kHourMs);
  }
  RunTo(kStart + 2 * kDayMs - kHourMs);
  const std::string of_the_day =
      "SELECT count(*) FROM segment WHERE last_ms < " + std::to_string(kStart + kDayMs);
  EXPECT_GT(Sql(of_the_day), 20);
  EXPECT_EQ(Sql("SELECT count(*) FROM five_minutes"), 0);
  EXPECT_EQ(Counts(), added_);
  RunTo(kStart + 2 * kDayMs + 20 * kHourMs);  // time for belief to follow
  EXPECT_EQ(Sql("SELECT count(*) FROM five_minutes"), 3);
  EXPECT_EQ(Sql(of_the_day), 0);
  EXPECT_EQ(Sql("SELECT min(time_ms) FROM results"), kStart + kDayMs + 1'000);
  EXPECT_EQ(Counts(), added_);
}

// A segment does not end at midnight.
TEST_F(RetentionTest, WhatWentOnPastMidnightIsAddedADayLater) {
  Add(1, kStart + kDayMs - 2'000, 1);
  RunTo(kStart + kDayMs - 1'000);
  Add(1, kStart + kDayMs - 1'000, 2);
  Add(1, kStart + kDayMs + 1'000, 3);
  RunTo(kStart + 2 * kDayMs + 20 * kHourMs);
  EXPECT_EQ(Sql("SELECT count(*) FROM segment"), 1);
  EXPECT_EQ(Counts(), added_);
  RunTo(kStart + 4 * kDayMs);
  EXPECT_EQ(Sql("SELECT count(*) FROM segment"), 0);
  EXPECT_EQ(Sql("SELECT count(*) FROM five_minutes"), 2);
  EXPECT_EQ(Counts(), added_);
}

// More than one step, and more than one for a series: a reader and a kill between any two of them.
TEST_F(RetentionTest, ADayTakesManySteps) {
  for (int i = 0; i < 400; ++i) Add(1 + i % 3, kStart + i * 120'000, 1 + i % 4);
  RunTo(kStart + 2 * kDayMs - kHourMs);
  const std::int64_t chunks = Sql("SELECT count(*) FROM chunk");
  std::int64_t steps = 0;
  for (std::int64_t left = chunks; left > 0 && steps < 1'000; now_ms_ += 60'000) {
    ASSERT_TRUE(store_->Maintain(now_ms_).ok());
    const std::int64_t now_left = Sql("SELECT count(*) FROM chunk");
    if (now_left == left) continue;
    left = now_left;
    ++steps;
    ASSERT_EQ(Counts(), added_) << left << " chunks left";
    Reopen();
  }
  EXPECT_GT(steps, chunks / 3 - 1);
  EXPECT_EQ(Counts(), added_);
}

TEST_F(RetentionTest, WhatComesLateIsAddedToWhatIsThere) {
  Add(1, kStart, 1);
  RunTo(kStart + 2 * kDayMs);
  Add(1, kStart + 1'000, 1);
  Add(1, kStart + kHourMs, 2);
  EXPECT_EQ(Counts(), added_);
  RunTo(kStart + 3 * kDayMs);
  EXPECT_EQ(Sql("SELECT count(*) FROM chunk"), 0);
  EXPECT_EQ(Counts(), added_);
}

TEST_F(RetentionTest, AClockThatJumpsDoesNotMakeItForget) {
  for (int i = 0; i < 60; ++i) Add(1, kStart + i * 60'000, 1);
  RunTo(kStart + 6 * kHourMs);
  const std::int64_t chunks = Sql("SELECT count(*) FROM chunk");
  Keep(now_ms_ + 365 * kDayMs);
  EXPECT_EQ(Sql("SELECT count(*) FROM chunk"), chunks);
  Reopen();  // nor does a restart
  Keep(now_ms_ + 365 * kDayMs);
  EXPECT_EQ(Sql("SELECT count(*) FROM chunk"), chunks);
  EXPECT_EQ(Counts(), added_);
}

// A kill between any two steps, as copies of the files between them.
TEST_F(RetentionTest, EveryResultCountsOnceWhereverItStops) {
  for (int i = 0; i < 400; ++i) Add(1 + i % 3, kStart + i * 120'000, 1 + i % 4);
  for (int round = 0; round < 80; ++round) {
    now_ms_ += 8 * kHourMs;
    // Belief follows a running clock, so it is let run for a little.
    for (int look = 0; look < 40; ++look) {
      ASSERT_TRUE(store_->Maintain(now_ms_ += 60'000).ok());
      if (round % 3 == 0 && look % 10 == 0) {
        ASSERT_EQ(Counts(), added_) << round;
      }
    }
    const std::string copy = scratch_ / "copy";
    std::filesystem::copy(directory(), copy);
    store_.reset();
    std::filesystem::remove_all(directory());
    std::filesystem::rename(copy, directory());
    Reopen();
    ASSERT_EQ(Counts(), added_) << round;
    if (Sql("SELECT count(*) FROM hours") > 0) return;
  }
  FAIL() << "five minutes never became hours";
}

TEST_F(RetentionTest, ADamagedChunkDoesNotStopTheOthers) {
  for (int i = 0; i < 10; ++i) Add(1 + i % 2, kStart + i * 1'000, 1);
  RunTo(kStart + 6 * kHourMs);
  {
    auto database = sqlite::Database::Open(file());
    ASSERT_TRUE(
        database->Execute("UPDATE chunk SET count = 9999 WHERE id = (SELECT min(id) FROM chunk)")
            .ok());
  }
  RunTo(kStart + 2 * kDayMs);
  EXPECT_EQ(Sql("SELECT count(*) FROM chunk"), 0);
  EXPECT_EQ(Sql("SELECT sum(count) FROM rollups"), 5);
}

}  // namespace
}  // namespace relaywatch::collector::testing
