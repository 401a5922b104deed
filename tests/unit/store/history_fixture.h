// A store that folds small pieces soon, and verbs for what tests do with it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "collector/store/reader.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/timing_scale.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector::testing {

inline constexpr std::int64_t kMorning = 1'790'000'000'000;

// Steps so small that even a few results take several.
inline FoldLimits SmallSteps() {
  FoldLimits limits;
  limits.max_age = std::chrono::minutes(10);
  limits.max_rows = 400;
  limits.piece_rows = 50;
  limits.step_rows = 16;
  limits.step_bytes = 1024;
  return limits;
}

// As history keeps it.
inline ResultRow Rounded(ResultRow row) {
  for (auto& us : row.stage_us) us = TimingOf(TimingWord(us));
  return row;
}

inline auto OrderOf(const ResultRow& row) {
  return std::tie(row.series, row.time_ms, row.epoch, row.seq);
}
inline auto Whole(const ResultRow& row) {
  return std::tie(row.series, row.time_ms, row.epoch, row.seq, row.outcome, row.flags,
                  row.stage_us);
}

class HistoryFixture : public ::testing::Test {
 protected:
  void Open(FoldLimits limits = SmallSteps()) {
    store_.reset();
    auto store = SqliteStore::Open(directory(), limits);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  std::string directory() const { return scratch_ / "data"; }
  std::string file() const { return directory() + "/relaywatch.db"; }

  // Names for everything that results refer to, without which the views show nothing.
  CommitSet Names(std::int64_t series, std::int64_t epochs, std::int64_t outcomes) {
    CommitSet set;
    set.agents.push_back({1, "office", kMorning, "hq"});
    for (std::int64_t i = 1; i <= epochs; ++i) {
      set.epochs.push_back({i, 1, static_cast<std::uint64_t>(i), 0});
    }
    for (std::int64_t i = 1; i <= series; ++i) {
      set.series.push_back({i,
                            {"hq", "corp", "mail.example.com", v1::PROTOCOL_SMTP,
                             v1::SECURITY_STARTTLS, static_cast<std::uint32_t>(i), ""}});
    }
    for (std::int64_t i = 1; i <= outcomes; ++i) {
      set.outcomes.push_back({i, "digest" + std::to_string(i), "facts", v1::STAGE_RCPT, kMorning});
    }
    return set;
  }

  // Until nothing more can be done at that moment.
  void FoldAll(std::int64_t now_ms) {
    for (int step = 0; step < 100'000; ++step) {
      const auto more = store_->Maintain(now_ms);
      ASSERT_TRUE(more.ok()) << more.status();
      if (!*more) return;
    }
    FAIL() << "folding never ends";
  }

  std::vector<ResultRow> Scan(const ResultRange& range = {}) {
    std::vector<ResultRow> rows;
    auto reader = Reader::Open(directory());
    EXPECT_TRUE(reader.ok()) << reader.status();
    const auto scanned = (*reader)->ScanResults(range, [&](const ResultRow& row) {
      rows.push_back(row);
      return true;
    });
    EXPECT_TRUE(scanned.ok()) << scanned;
    return rows;
  }

  std::int64_t Sql(const std::string& query) const {
    auto database = sqlite::Database::OpenReadOnly(file());
    EXPECT_TRUE(database.ok());
    const auto value = database->Integer(query);
    EXPECT_TRUE(value.ok()) << value.status();
    return value.value_or(-1);
  }

  support::ScratchDirectory scratch_;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace relaywatch::collector::testing
