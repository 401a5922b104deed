// Folding, one behaviour at a time.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/store/packer.h"
#include "tests/unit/store/history_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using namespace std::chrono_literals;

class HistoryTest : public HistoryFixture {
 protected:
  // Results of one series, a second apart.
  void Add(int count, std::int64_t series = 1, bool remember = true) {
    CommitSet set;
    for (int i = 0; i < count; ++i) {
      ++seq_;
      set.results.push_back({1,
                             seq_,
                             series,
                             kMorning + static_cast<std::int64_t>(seq_) * 1000,
                             1 + static_cast<std::int64_t>(seq_) / 100,
                             0,
                             {0, 1200, 123'456}});
    }
    set.latest_complete = remember;
    ASSERT_TRUE(store_->Commit(set).ok());
  }
  void OpenWithNames() {
    Open();
    ASSERT_TRUE(store_->Commit(Names(3, 1, 9)).ok());
  }

  std::uint64_t seq_ = 0;
};

TEST_F(HistoryTest, YoungRowsStayHot) {
  OpenWithNames();
  Add(100);
  FoldAll(kMorning);
  FoldAll(kMorning + 599'999);
  EXPECT_EQ(Sql("SELECT count(*) FROM segment"), 0);
  EXPECT_EQ(Sql("SELECT count(*) FROM results"), 100);
}

TEST_F(HistoryTest, OldRowsBecomeASegment) {
  OpenWithNames();
  Add(100);
  FoldAll(kMorning);
  FoldAll(kMorning + 600'000);
  EXPECT_EQ(Sql("SELECT results FROM segment"), 100);
  EXPECT_EQ(Sql("SELECT first_ms FROM segment"), kMorning + 1'000);
  EXPECT_EQ(Sql("SELECT last_ms FROM segment"), kMorning + 100'000);
  EXPECT_EQ(Sql("SELECT count(*) FROM chunk"), 2);
  EXPECT_EQ(Sql("SELECT count(*) FROM results"), 100);
  EXPECT_EQ(Sql("SELECT count(*) FROM result"), 1);  // keeps the place
}

TEST_F(HistoryTest, ManyRowsBecomeASegmentAtOnce) {
  OpenWithNames();
  Add(450);
  FoldAll(kMorning);
  EXPECT_GE(Sql("SELECT results FROM segment"), 400);
  EXPECT_EQ(Sql("SELECT count(*) FROM results"), 450);
}

TEST_F(HistoryTest, RowsThatAreFoldedGiveTheirPlaceBack) {
  Open({});
  for (int round = 0; round < 6; ++round) {
    Add(20'000);
    FoldAll(kMorning + round * 10'000'000);
    FoldAll(kMorning + round * 10'000'000 + 7'200'000);
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM segment"), 6);
  EXPECT_LT(Sql("SELECT count(*) * 8192 FROM dbstat"), 120'000 * 20);
}

// What the latest states are after a crash is told by the rows behind `latest_upto` alone.
TEST_F(HistoryTest, RowsWhoseStatesAreNotRememberedStay) {
  OpenWithNames();
  Add(100, 2, false);
  FoldAll(kMorning);
  FoldAll(kMorning + 600'000);
  EXPECT_EQ(Sql("SELECT count(*) FROM segment"), 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM result"), 100);
  EXPECT_EQ(Sql("SELECT count(*) FROM results"), 100);
  Open();
  const auto latest = store_->ReadLatest();
  ASSERT_TRUE(latest.ok() && latest->size() == 1) << latest.status();
  EXPECT_EQ(latest->front().time_ms, kMorning + 100'000);
  EXPECT_EQ(latest->front().outcome, 2);
  Add(1);
  FoldAll(kMorning);
  EXPECT_EQ(Sql("SELECT count(*) FROM result"), 2);
}

TEST_F(HistoryTest, NumbersGoOnAfterEverythingWasFolded) {
  OpenWithNames();
  Add(100);
  FoldAll(kMorning);
  FoldAll(kMorning + 600'000);
  Open();
  EXPECT_EQ(store_->Stats().results, 100);
  Add(1);
  EXPECT_EQ(Sql("SELECT max(id) FROM result"), 101);
  EXPECT_EQ(Sql("SELECT count(*) FROM results"), 101);
  EXPECT_EQ(store_->Stats().results, 101);
}

// A real kill after each number of steps.
TEST_F(HistoryTest, AKillBetweenTwoStepsLosesNothing) {
  OpenWithNames();
  Add(300);
  store_.reset();
  for (int steps = 1; steps <= 40; ++steps) {
    const pid_t child = fork();
    if (child == 0) {
      auto store = SqliteStore::Open(directory(), SmallSteps());
      bool ok = store.ok();
      for (int i = 0; ok && i < steps; ++i) ok = (*store)->Maintain(kMorning + i * 60'000).ok();
      _exit(ok ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    ASSERT_EQ(Sql("SELECT count(*) FROM results"), 300) << steps;
    ASSERT_EQ(Sql("SELECT count(DISTINCT seq) FROM results"), 300) << steps;
  }
  Open();
  FoldAll(kMorning);
  FoldAll(kMorning + 600'000);
  EXPECT_EQ(Sql("SELECT sum(count) FROM chunk"), 300);
  EXPECT_EQ(Sql("SELECT count(*) FROM results"), 300);
}

TEST_F(HistoryTest, ADamagedChunkIsToldAndNotRead) {
  OpenWithNames();
  Add(100);
  FoldAll(kMorning);
  FoldAll(kMorning + 600'000);
  store_.reset();
  ASSERT_TRUE(sqlite::Database::Open(file())->Execute("UPDATE chunk SET count = 7").ok());
  auto reader = Reader::Open(directory());
  const auto scanned = (*reader)->ScanResults({}, [](const ResultRow&) { return true; });
  EXPECT_EQ(scanned.code(), absl::StatusCode::kDataLoss) << scanned;
  EXPECT_THAT(std::string(scanned.message()), ::testing::HasSubstr("series 1, epoch 1"));
}

TEST_F(HistoryTest, DamagedStatesAreToldAndNotRead) {
  OpenWithNames();
  Add(100);
  FoldAll(kMorning);
  FoldAll(kMorning + 600'000);
  store_.reset();
  ASSERT_TRUE(
      sqlite::Database::Open(file())->Execute("UPDATE state SET runs = x'01ffffff0f01'").ok());
  auto reader = Reader::Open(directory());
  const auto states = (*reader)->StatesAt(kMorning + 50'000, 1h);
  EXPECT_EQ(states.status().code(), absl::StatusCode::kDataLoss) << states.status();
}

TEST_F(HistoryTest, AScanOfHistoryEndsWhereTheVisitorHasEnough) {
  OpenWithNames();
  Add(100, 1);
  Add(100, 2);
  FoldAll(kMorning);
  FoldAll(kMorning + 600'000);
  int seen = 0;
  auto reader = Reader::Open(directory());
  ASSERT_TRUE((*reader)->ScanResults({}, [&](const ResultRow&) { return ++seen < 70; }).ok());
  EXPECT_EQ(seen, 70);
}

TEST(Packer, RefusesARowWhoseSeriesHasUsedUpItsParts) {
  Packer packer;
  ResultRow row;
  row.series = 1;
  for (row.epoch = 1; row.epoch <= kMaxParts; ++row.epoch) ASSERT_TRUE(packer.Add(row));
  EXPECT_FALSE(packer.Add(row));
  row.series = 2;
  EXPECT_TRUE(packer.Add(row));
  packer.Close();
  std::int64_t parts = 0;
  const auto end = packer.Write({}, 1 << 30, [&](std::int64_t part, const Chunk& chunk) {
    EXPECT_EQ(part, chunk.series == 1 ? parts++ : 0);
    return absl::OkStatus();
  });
  ASSERT_TRUE(end.ok() && packer.IsEnd(*end));
  EXPECT_EQ(parts, kMaxParts);
  EXPECT_EQ(packer.rows(), kMaxParts + 1);
}

}  // namespace
}  // namespace relaywatch::collector::testing
