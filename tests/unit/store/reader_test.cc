// Questions asked beside the writer: what they see, and that they end.
#include "collector/store/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "collector/store/sqlite_store.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr std::int64_t kMorning = 1'790'000'000'000;

class ReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = SqliteStore::Open(scratch_ / "data");
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    CommitSet names;
    for (const std::int64_t series : {1, 2, 3}) {
      names.series.push_back({series,
                              {"hq", "corp", "localhost", v1::PROTOCOL_SMTP, v1::SECURITY_NONE,
                               static_cast<std::uint32_t>(series), ""}});
    }
    ASSERT_TRUE(store_->Commit(names).ok());
    auto reader = Reader::Open(scratch_ / "data");
    ASSERT_TRUE(reader.ok()) << reader.status();
    reader_ = *std::move(reader);
  }

  void Add(std::int64_t series, std::int64_t seconds, std::int64_t outcome,
           std::uint32_t flags = 0) {
    CommitSet set;
    set.results.push_back(
        {1, ++seq_, series, kMorning + seconds * 1000, outcome, flags, {0, 1200}});
    ASSERT_TRUE(store_->Commit(set).ok());
  }

  std::vector<std::int64_t> Seconds(const ResultRange& range) {
    std::vector<std::int64_t> seconds;
    const auto scanned = reader_->ScanResults(range, [&](const ResultRow& row) {
      seconds.push_back((row.time_ms - kMorning) / 1000);
      return true;
    });
    EXPECT_TRUE(scanned.ok()) << scanned;
    return seconds;
  }

  support::ScratchDirectory scratch_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Reader> reader_;
  std::uint64_t seq_ = 0;
};

TEST_F(ReaderTest, ScansInTheOrderOfSeriesAndTime) {
  Add(2, 10, 1);
  Add(1, 30, 1);
  Add(1, 20, 1);
  EXPECT_THAT(Seconds({}), ElementsAre(20, 30, 10));
}

TEST_F(ReaderTest, ScansTheSeriesAndTheTimeThatAreAskedFor) {
  for (int second = 0; second < 5; ++second) {
    for (int series = 1; series <= 3; ++series) Add(series, second, 1);
  }
  EXPECT_THAT(Seconds({{1, 3}, kMorning + 1000, kMorning + 3000}), ElementsAre(1, 2, 1, 2));
}

TEST_F(ReaderTest, AScanEndsWhereTheVisitorHasEnough) {
  for (int second = 0; second < 5; ++second) Add(1, second, 1);
  int seen = 0;
  ASSERT_TRUE(reader_
                  ->ScanResults({},
                                [&](const ResultRow& row) {
                                  EXPECT_EQ(row.stage_us[1], 1200U);
                                  return ++seen < 2;
                                })
                  .ok());
  EXPECT_EQ(seen, 2);
}

TEST_F(ReaderTest, AStateHoldsFromItsFirstResultToItsLast) {
  Add(1, 0, 7);
  Add(1, 60, 8);
  Add(1, 120, 8);
  Add(1, 180, 9);
  Add(2, 0, 5);
  const auto states = reader_->StatesAt(kMorning + 150'000, 1h);
  ASSERT_TRUE(states.ok()) << states.status();
  ASSERT_EQ(states->size(), 2U);
  EXPECT_EQ(states->front().outcome, 8);
  EXPECT_EQ(states->front().since_ms, kMorning + 60'000);
  EXPECT_EQ(states->front().last_ms, kMorning + 120'000);
  EXPECT_EQ(states->back().outcome, 5);
}

TEST_F(ReaderTest, AResultThatDoesNotVoteIsNoState) {
  Add(1, 0, 7);
  Add(1, 60, 8, kMoved);
  Add(1, 61, 9, kPortal);
  const auto states = reader_->StatesAt(kMorning + 100'000, 1h);
  ASSERT_TRUE(states.ok() && states->size() == 1);
  EXPECT_EQ(states->front().outcome, 7);
}

TEST_F(ReaderTest, ASnapshotSeesOneMoment) {
  Add(1, 0, 1);
  {
    auto snapshot = reader_->Begin(10s);
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    EXPECT_THAT(Seconds({}), ElementsAre(0));
    Add(1, 1, 1);
    EXPECT_THAT(Seconds({}), ElementsAre(0));
  }
  EXPECT_THAT(Seconds({}), ElementsAre(0, 1));
}

TEST_F(ReaderTest, ReadsFailOnceTheTimeIsOver) {
  for (int second = 0; second < 300; ++second) Add(1, second, 1);
  auto snapshot = reader_->Begin(0s);
  ASSERT_TRUE(snapshot.ok());
  const auto scanned = reader_->ScanResults({}, [](const ResultRow&) { return true; });
  EXPECT_EQ(scanned.code(), absl::StatusCode::kDeadlineExceeded) << scanned;
}

TEST_F(ReaderTest, BucketsAddUpResultsBySeriesAndTime) {
  Add(2, 0, 7);
  Add(1, 99, 7);
  Add(1, 100, 8);  // five minutes begin here
  Add(1, 101, 8);
  std::vector<std::string> seen;
  const auto level =
      reader_->ScanBuckets({{}, kMorning, kMorning + 600'000, 300'000}, [&](const Bucket& bucket) {
        seen.push_back(std::to_string(bucket.series) + ":" +
                       std::to_string(bucket.outcomes[0].count));
        EXPECT_EQ(bucket.start_ms % 300'000, 0);
        return true;
      });
  ASSERT_TRUE(level.ok()) << level.status();
  EXPECT_EQ(*level, Level::kRaw);
  EXPECT_THAT(seen, ElementsAre("1:1", "1:2", "2:1"));
  EXPECT_FALSE(reader_->ScanBuckets({.step_ms = 0}, [](const Bucket&) { return true; }).ok());
}

TEST_F(ReaderTest, CannotWrite) {
  EXPECT_FALSE(reader_->database().Execute("DELETE FROM result").ok());
}

TEST_F(ReaderTest, NamesTheFileThatIsMissing) {
  const auto reader = Reader::Open(scratch_ / "nowhere");
  ASSERT_FALSE(reader.ok());
  EXPECT_THAT(std::string(reader.status().message()),
              ::testing::HasSubstr("nowhere/relaywatch.db"));
}

}  // namespace
}  // namespace relaywatch::collector
