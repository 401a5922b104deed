// Disks that fill, turn read-only and fail, under everything the store does: each error says what
// and where, nothing that was acknowledged is lost or counted twice, and it goes on by itself.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <random>

#include "collector/store/backup.h"
#include "collector/store/open_store.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/small_disk.h"
#include "tests/unit/store/history_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using support::FaultyVfs;
using support::SmallDisk;
using ::testing::AllOf;
using ::testing::HasSubstr;

// With its mark, as ingest does.
CommitSet Batch(std::uint64_t& seq, int rows, std::int64_t time_ms) {
  CommitSet set;
  for (int i = 0; i < rows; ++i) {
    ResultRow row;
    row.epoch = 1;
    row.seq = ++seq;
    row.series = 1 + static_cast<std::int64_t>(seq % 3);
    row.time_ms = time_ms + i;
    row.outcome = 1 + static_cast<std::int64_t>(seq % 2);
    row.stage_us = {0, 1'500 + static_cast<std::uint32_t>(seq % 700)};
    set.results.push_back(row);
  }
  set.epochs.push_back({1, 1, 1, seq});
  set.latest_complete = true;
  return set;
}

class FailingDisk : public HistoryFixture, public ::testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override {
    auto store = SqliteStore::Open(directory(), SmallSteps(), kShort);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    ASSERT_TRUE(store_->Commit(Names(3, 1, 2)).ok());
  }
  ~FailingDisk() override { store_.reset(); }  // before the disk it lies on

  void BreakNowAndThen() {
    constexpr FaultyVfs::Fault kFaults[] = {FaultyVfs::Fault::kFull, FaultyVfs::Fault::kReadOnly,
                                            FaultyVfs::Fault::kWrite, FaultyVfs::Fault::kSync,
                                            FaultyVfs::Fault::kRead};
    broken_ = random_() % 3 == 0;
    vfs_.Set(broken_ ? kFaults[random_() % std::size(kFaults)] : FaultyVfs::Fault::kNone);
  }
  void Mend() {
    broken_ = false;
    vfs_.Set(FaultyVfs::Fault::kNone);
  }

  // Tried again until it works, as by the patient store.
  void Commit() {
    const CommitSet set = Batch(seq_, 1 + static_cast<int>(random_() % 30), now_ms_);
    if (absl::Status failed = store_->Commit(set); !failed.ok()) {
      ASSERT_TRUE(broken_) << failed;
      ASSERT_FALSE(absl::IsDataLoss(failed)) << failed;
      ++failures_;
      Mend();
      failed = store_->Commit(set);
      ASSERT_TRUE(failed.ok()) << failed;
    }
    for (const ResultRow& row : set.results) ++committed_[row.outcome];
  }
  void Maintain() {
    const auto more = store_->Maintain(now_ms_ += static_cast<std::int64_t>(random_() % 1'200'000));
    if (more.ok()) return;
    ASSERT_TRUE(broken_) << more.status();
    ++failures_;
  }

  // By outcome, over all time and whatever level it lies in. Of all series, and of each by itself,
  // which takes another way through the hot results.
  std::map<std::int64_t, std::int64_t> Counted() {
    const auto counted = Counted({});
    std::map<std::int64_t, std::int64_t> together;
    for (const std::int64_t series : {1, 2, 3}) {
      for (const auto& [outcome, count] : Counted({series})) together[outcome] += count;
    }
    EXPECT_EQ(together, counted);
    return counted;
  }
  std::map<std::int64_t, std::int64_t> Counted(std::vector<std::int64_t> series) {
    Mend();
    auto reader = Reader::Open(directory());
    EXPECT_TRUE(reader.ok()) << reader.status();
    auto snapshot = (*reader)->Begin(std::chrono::seconds(10));
    std::map<std::int64_t, std::int64_t> counts;
    const auto level =
        (*reader)->ScanBuckets({.series = std::move(series)}, [&](const Bucket& bucket) {
          for (const OutcomeCount& each : bucket.outcomes) counts[each.outcome] += each.count;
          return true;
        });
    EXPECT_TRUE(level.ok()) << level.status();
    return counts;
  }

  static constexpr Retention kShort{std::chrono::hours(1), std::chrono::hours(24 * 7),
                                    std::chrono::hours(24 * 3650)};
  FaultyVfs vfs_;
  std::mt19937 random_{GetParam()};
  bool broken_ = false;
  int failures_ = 0;
  std::uint64_t seq_ = 0;
  std::int64_t now_ms_ = kMorning;
  std::map<std::int64_t, std::int64_t> committed_;
};

TEST_P(FailingDisk, CostsNoResultWhateverItInterrupts) {
  for (int round = 1; round <= 300 && !HasFatalFailure(); ++round) {
    BreakNowAndThen();
    Commit();
    for (auto step = random_() % 12; step > 0 && !HasFatalFailure(); --step) Maintain();
    if (round % 50 == 0) {
      ASSERT_EQ(Counted(), committed_) << round;
    }
  }
  EXPECT_GT(failures_, 50);
  // All of it went through folding, five minutes and hours.
  Mend();
  for (int look = 0; look < 5'000; ++look) {
    ASSERT_TRUE(store_->Maintain(now_ms_ += 1'200'000).ok());
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM chunk"), 0);
  EXPECT_GT(Sql("SELECT count(*) FROM hours"), 0);
  EXPECT_EQ(Counted(), committed_);
  store_.reset();
  EXPECT_TRUE(CheckStore(directory()).ok());
}

INSTANTIATE_TEST_SUITE_P(Seeds, FailingDisk, ::testing::Range(1U, 7U));

class FailingPiece : public HistoryFixture {
 protected:
  ~FailingPiece() override { store_.reset(); }  // before the disk it lies on

  // As often as it takes to read all rows and write their pieces; how many steps failed.
  int MaintainOften() {
    int failed = 0;
    for (int i = 0; i < 30; ++i) failed += store_->Maintain(kMorning).ok() ? 0 : 1;
    return failed;
  }
  int ResultsOf(std::int64_t series) {
    auto reader = Reader::Open(directory());
    EXPECT_TRUE(reader.ok()) << reader.status();
    int results = 0;
    const auto scanned = (*reader)->ScanResults({.series = {series}}, [&](const ResultRow&) {
      ++results;
      return true;
    });
    EXPECT_TRUE(scanned.ok()) << scanned;
    return results;
  }

  FaultyVfs vfs_;
  std::uint64_t seq_ = 0;
};

TEST_F(FailingPiece, HidesNothingFromAQuestionAboutOneSeries) {
  FoldLimits limits = SmallSteps();
  limits.max_age = std::chrono::hours(1);
  Open(limits);
  ASSERT_TRUE(store_->Commit(Names(3, 1, 2)).ok());
  EXPECT_EQ(MaintainOften(), 0);  // what a life begins with is done
  ASSERT_TRUE(store_->Commit(Batch(seq_, 60, kMorning)).ok());
  vfs_.Set(FaultyVfs::Fault::kWrite);
  EXPECT_GT(MaintainOften(), 0);
  vfs_.Set(FaultyVfs::Fault::kNone);
  ASSERT_TRUE(store_->Commit(Batch(seq_, 60, kMorning)).ok());
  EXPECT_EQ(MaintainOften(), 0);
  EXPECT_EQ(Sql("SELECT count(*) FROM segment"), 0);
  EXPECT_EQ(Sql("SELECT count(*) FROM hot_place"), 2);
  for (const std::int64_t series : {1, 2, 3}) EXPECT_EQ(ResultsOf(series), 40) << series;
}

class SmallDiskTest : public HistoryFixture {
 protected:
  ~SmallDiskTest() override { store_.reset(); }  // before its disk goes
  absl::Status Commit(int rows) { return store_->Commit(Batch(seq_, rows, kMorning)); }
  // Ends when the disk is full; the set that did not fit any more.
  CommitSet FillByCommits(absl::Status& full) {
    for (int i = 0; i < 100; ++i) {
      CommitSet set = Batch(seq_, 500, kMorning);
      full = store_->Commit(set);
      if (!full.ok()) return set;
    }
    return {};
  }

  std::uint64_t seq_ = 0;
};

TEST_F(SmallDiskTest, ThatIsFullStopsCommitsAndFoldingUntilThereIsRoom) {
  const SmallDisk disk(directory(), 4 * 1024 * 1024);
  if (!disk.is_up()) GTEST_SKIP() << "mounting takes root";
  Open();
  ASSERT_TRUE(store_->Commit(Names(3, 1, 2)).ok());
  ASSERT_TRUE(Commit(3'000).ok());
  disk.Fill();
  absl::Status full;
  const CommitSet waiting = FillByCommits(full);
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted) << full;
  EXPECT_THAT(std::string(full.message()), HasSubstr("full"));
  const std::size_t acknowledged = seq_ - 500;
  absl::StatusOr<bool> folded = true;
  for (int step = 0; step < 1'000 && folded.ok(); ++step) {
    folded = store_->Maintain(kMorning + 3'600'000 + step * 60'000);
  }
  EXPECT_EQ(folded.status().code(), absl::StatusCode::kResourceExhausted) << folded.status();
  EXPECT_EQ(Scan().size(), acknowledged);
  disk.Empty();
  EXPECT_TRUE(store_->Commit(waiting).ok());
  FoldAll(kMorning + 7'200'000);
  FoldAll(kMorning + 10'800'000);
  EXPECT_GT(Sql("SELECT count(*) FROM segment"), 0);
  EXPECT_EQ(Scan().size(), seq_);
}

TEST_F(SmallDiskTest, ThatIsFullEndsABackupWithoutATrace) {
  const SmallDisk disk(scratch_ / "backups", 16 * 1024 * 1024);
  if (!disk.is_up()) GTEST_SKIP() << "mounting takes root";
  Open();
  ASSERT_TRUE(store_->Commit(Names(3, 1, 2)).ok());
  ASSERT_TRUE(Commit(50'000).ok());
  ASSERT_TRUE(sqlite::Database::Open(directory() + "/fleet.sqlite")
                  ->Execute("CREATE TABLE agent(name TEXT)")
                  .ok());
  const BackupRequest request{directory(), disk.path() + "/today", [] { return false; }};
  disk.Fill();
  const auto full = BackUp(request);
  EXPECT_EQ(full.status().code(), absl::StatusCode::kResourceExhausted) << full.status();
  EXPECT_THAT(std::string(full.status().message()), HasSubstr(disk.path() + "/today"));
  EXPECT_FALSE(std::filesystem::exists(disk.path() + "/today.part"));
  EXPECT_TRUE(Commit(500).ok());
  disk.Empty();
  EXPECT_TRUE(BackUp(request).ok());
  EXPECT_TRUE(CheckStore(disk.path() + "/today").ok());
}

TEST_F(SmallDiskTest, ThatIsReadOnlyIsToldByNameAndNotTakenForDamage) {
  const SmallDisk disk(directory());
  if (!disk.is_up()) GTEST_SKIP() << "mounting takes root";
  Open();
  ASSERT_TRUE(store_->Commit(Names(3, 1, 2)).ok());
  ASSERT_TRUE(Commit(100).ok());
  store_.reset();
  ASSERT_TRUE(disk.SetReadOnly(true));
  const auto refused = OpenStore(directory(), {}, kMorning);
  EXPECT_THAT(std::string(refused.status().message()),
              AllOf(HasSubstr(directory()), HasSubstr("Read-only file system")));
  const auto backup = BackUp({directory(), directory() + "/backup", [] { return false; }});
  EXPECT_THAT(std::string(backup.status().message()),
              AllOf(HasSubstr(directory() + "/backup"), HasSubstr("Read-only file system")));
  EXPECT_TRUE(CheckStore(directory()).ok()) << CheckStore(directory());
  ASSERT_TRUE(disk.SetReadOnly(false));
  Open();
  EXPECT_EQ(store_->Stats().results, 100);
}

}  // namespace
}  // namespace relaywatch::collector::testing
