// The power goes at random moments of commits, folding, rolling up and checkpoints: what Commit
// returned OK for is there, and the file is sound. Seeds are printed with each failure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "collector/store/reader.h"
#include "tests/support/faulty_vfs.h"
#include "tests/unit/store/history_fixture.h"

namespace relaywatch::collector::testing {
namespace {

constexpr std::int64_t kRows = 5'000;  // of a large commit
constexpr Retention kShort{std::chrono::hours(1), std::chrono::hours(24 * 7),
                           std::chrono::hours(24 * 14)};

class PowerLossTest : public HistoryFixture, public ::testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override {
    vfs_.unsynced().Record();
    Reopen();
    ASSERT_TRUE(store_->Commit(Names(3, 1, 2)).ok());
  }

  void Reopen() {
    store_.reset();
    auto store = SqliteStore::Open(directory(), SmallSteps(), kShort);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  // Each commit moves the mark of epoch 1 to its last row.
  void Commit(std::int64_t rows) {
    CommitSet set;
    const std::int64_t last = acknowledged_ + rows;
    for (std::int64_t seq = acknowledged_ + 1; seq <= last; ++seq) {
      ResultRow row;
      row.epoch = 1;
      row.seq = static_cast<std::uint64_t>(seq);
      row.series = 1 + seq % 3;
      row.time_ms = now_ms_ + seq % 1'000;
      row.outcome = 1 + seq % 2;
      row.stage_us = {0, 1'000 + static_cast<std::uint32_t>(seq % 500)};
      set.results.push_back(row);
    }
    set.epochs.push_back({1, 1, 1, static_cast<std::uint64_t>(last)});
    set.latest_complete = random_() % 2 == 0;
    if (!vfs_.unsynced().power_lost()) promised_ = acknowledged_;
    attempted_ = vfs_.unsynced().power_lost() ? attempted_ : last;
    ASSERT_TRUE(store_->Commit(set).ok());
    acknowledged_ = last;
    if (!vfs_.unsynced().power_lost()) promised_ = acknowledged_;
  }

  void Work() {
    switch (random_() % 8) {
      case 0:
        Commit(kRows);
        break;
      case 1:
        Reopen();  // the last to close folds the whole log into the file
        break;
      case 2:
      case 3:
        now_ms_ += 1'000'000;
        for (int i = 0; i < 40; ++i) ASSERT_TRUE(store_->Maintain(now_ms_).ok());
        break;
      default:
        Commit(1 + static_cast<std::int64_t>(random_() % 50));
    }
  }

  void ExpectAllThere(const std::string& survivors) {
    std::error_code error;
    std::filesystem::remove(survivors + "/relaywatch.db-shm", error);
    auto store = SqliteStore::Open(survivors, SmallSteps(), kShort);
    ASSERT_TRUE(store.ok()) << store.status();
    const auto epoch = (*store)->FindEpoch(1, 1);
    ASSERT_TRUE(epoch.ok() && epoch->has_value());
    const auto mark = static_cast<std::int64_t>((*epoch)->high_water_mark);
    EXPECT_GE(mark, promised_);
    EXPECT_LE(mark, attempted_);
    auto reader = Reader::Open(survivors);
    ASSERT_TRUE(reader.ok());
    std::int64_t counted = 0;
    const auto level = (*reader)->ScanBuckets({}, [&](const Bucket& bucket) {
      for (const OutcomeCount& each : bucket.outcomes) counted += each.count;
      return true;
    });
    ASSERT_TRUE(level.ok()) << level.status();
    EXPECT_EQ(counted, mark);
    auto check = sqlite::Statement::Prepare((*reader)->database(), "PRAGMA integrity_check");
    ASSERT_TRUE(check.ok() && *check->Step());
    EXPECT_EQ(check->Text(0), "ok");
  }

  support::FaultyVfs vfs_;  // before the store, which writes to it to the last
  std::mt19937 random_{GetParam()};
  std::int64_t now_ms_ = kMorning;
  std::int64_t acknowledged_ = 0;
  std::int64_t promised_ = 0;   // acknowledged before the power went
  std::int64_t attempted_ = 0;  // of these the last may be there as well
};

TEST_P(PowerLossTest, WhatWasAcknowledgedIsThere) {
  for (unsigned round = 0; round < 12; ++round) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()) + ", round " + std::to_string(round));
    const std::string survivors = scratch_ / ("power-loss-" + std::to_string(round));
    promised_ = attempted_ = acknowledged_;
    vfs_.unsynced().LosePowerIn(1 + static_cast<int>(random_() % 300), directory(), survivors,
                                random_());
    while (!vfs_.unsynced().power_lost() && !HasFatalFailure()) Work();
    ExpectAllThere(survivors);
    if (HasFailure()) return;
    std::filesystem::remove_all(survivors);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PowerLossTest, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace relaywatch::collector::testing
