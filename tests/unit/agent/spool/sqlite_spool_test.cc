// What is particular to the spool on disk: it outlives the process, keeps within the disk, and
// survives a disk that does not work.
#include "agent/spool/sqlite_spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/faulty_vfs.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/unit/agent/spool/samples.h"

namespace relaywatch::agent {
namespace {

using namespace std::chrono_literals;
using support::FaultyVfs;
using testing::HasSubstr;

// Real time, and what the clocks of results are compared with under the test's hand.
class ShiftedClock final : public Clock {
 public:
  Instant Now() const override { return now; }
  std::chrono::steady_clock::time_point Steady() const override { return clock.Steady(); }

  SystemClock clock;
  Instant now = clock.Now();
};

class SqliteSpoolTest : public testing::Test {
 protected:
  void Open(SpoolBounds bounds = {.min_free_percent = 0}) {
    spool_.reset();
    auto opened = SqliteSpool::Open(io_, clock_, directory(), bounds);
    ASSERT_TRUE(opened.ok()) << opened.status();
    spool_ = *std::move(opened);
  }
  void Append(int count) {
    for (int i = 0; i < count; ++i) spool_->Append(ResultAt(++last_), false);
  }
  std::uint64_t Head() const { return spool_->Head().epoch; }
  // Of the first epoch, which an earlier life left.
  std::uint64_t Old() const { return spool_->Epochs().front().epoch; }
  bool Until(const std::function<bool()>& reached) {
    return support::Eventually(10s, [&] {
      io_.restart();
      io_.poll();
      return reached();
    });
  }
  bool OnDisk() {
    return Until([&] { return spool_->Stats().error.empty() && Rows() == spool_->Stats().queued; });
  }
  // As another reader sees them.
  std::uint64_t Rows() const {
    const auto asked = support::RunToEnd(
        {.argv = {"sqlite3", "-readonly", file(), "SELECT count(*) FROM result"}});
    return asked.exit_code == 0 ? std::stoull(asked.out) : 0;
  }
  std::string directory() const { return scratch_ / "state"; }
  std::string file() const { return directory() + "/spool.sqlite"; }
  std::vector<std::string> SetAside() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory())) {
      const std::string name = entry.path().filename();
      const bool damaged = name.find(".damaged-") != std::string::npos;
      if (damaged && !name.ends_with("-wal")) names.push_back(name);
    }
    return names;
  }

  support::ScratchDirectory scratch_;
  FaultyVfs disk_;
  asio::io_context io_;
  ShiftedClock clock_;
  std::unique_ptr<SqliteSpool> spool_;
  std::int64_t last_ = 10;
};

TEST_F(SqliteSpoolTest, OutlivesItsProcessAndGoesOnUnderAnotherName) {
  Open();
  Append(5);
  const std::uint64_t first = Head();
  spool_->Release(first, 2);
  Open();
  ASSERT_EQ(spool_->Epochs().size(), 2U);
  EXPECT_EQ(Old(), first);
  EXPECT_FALSE(spool_->Epochs()[0].own);
  EXPECT_TRUE(spool_->Epochs()[1].own);
  EXPECT_EQ(Content(*spool_, first), "3:13 4:14 5:15");
  Append(2);
  EXPECT_EQ(Content(*spool_, Head()), "1:16 2:17");
  EXPECT_EQ(spool_->Stats().queued, 5U);
  EXPECT_EQ(spool_->Stats().oldest_wall_ms, 13);
}

TEST_F(SqliteSpoolTest, KeepsGapsAndNamesOverARestart) {
  Open({.max_results = 3, .min_free_percent = 0});
  Append(5);
  spool_->Rename(Head());
  Append(1);
  const std::uint64_t renamed = Head();
  Open();
  EXPECT_EQ(Content(*spool_, renamed), "gap(1-3 OVERFLOW) 4:14 5:15 6:16");
}

TEST_F(SqliteSpoolTest, CommitsWithinASecondAndNewsAtOnce) {
  Open();
  ASSERT_TRUE(OnDisk());
  Append(3);
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(OnDisk());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  spool_->Append(ResultAt(99), /*at_once=*/true);
  ASSERT_TRUE(OnDisk());
}

TEST_F(SqliteSpoolTest, RefusesASecondAgentOnItsDirectory) {
  Open();
  const auto second = SqliteSpool::Open(io_, clock_, directory(), {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(second.status().message()),
              testing::AllOf(HasSubstr(directory()), HasSubstr(std::to_string(getpid()))));
}

TEST_F(SqliteSpoolTest, KeepsContentOnceAndForgetsItWithItsResults) {
  Open();
  for (int i = 0; i < 600; ++i) spool_->Append(ResultAt(++last_, std::to_string(i)), false);
  Append(300);
  spool_->Flush();
  const auto contents = [&] {
    return support::RunToEnd(
               {.argv = {"sqlite3", "-readonly", file(), "SELECT count(*) FROM content"}})
        .out;
  };
  EXPECT_EQ(contents(), "602\n");
  spool_->Release(Head(), 900);
  for (int i = 0; i < 300; ++i) spool_->Append(ResultAt(++last_, std::to_string(i)), false);
  spool_->Flush();
  for (int i = 0; i < 300; ++i) spool_->Append(ResultAt(++last_, "n" + std::to_string(i)), false);
  spool_->Flush();
  EXPECT_EQ(contents(), "601\n");
}

// Any of these may be how a disk fails; each must cost nothing while memory lasts.
class SqliteSpoolFaultTest : public SqliteSpoolTest,
                             public testing::WithParamInterface<FaultyVfs::Fault> {};

INSTANTIATE_TEST_SUITE_P(Faults, SqliteSpoolFaultTest,
                         testing::Values(FaultyVfs::Fault::kFull, FaultyVfs::Fault::kReadOnly,
                                         FaultyVfs::Fault::kWrite, FaultyVfs::Fault::kSync));

TEST_P(SqliteSpoolFaultTest, KeepsResultsInMemoryAndPutsThemOnDiskLater) {
  Open();
  Append(3);
  ASSERT_TRUE(OnDisk());
  disk_.Set(GetParam());
  Append(3);
  ASSERT_TRUE(Until([&] { return !spool_->Stats().error.empty(); }));
  Append(1);
  EXPECT_EQ(Content(*spool_, Head()), "1:11 2:12 3:13 4:14 5:15 6:16 7:17");
  spool_->Release(Head(), 5);
  disk_.Set(FaultyVfs::Fault::kNone);
  ASSERT_TRUE(OnDisk());
  const std::uint64_t epoch = Head();
  Open();
  EXPECT_EQ(Content(*spool_, epoch), "6:16 7:17");
  EXPECT_TRUE(spool_->Stats().drops.empty());
}

TEST_P(SqliteSpoolFaultTest, RecordsExactlyWhatItsMemoryCouldNotHold) {
  Open();
  Append(2);
  spool_->Flush();
  disk_.Set(GetParam());
  Append(static_cast<int>(SqliteSpool::kRingResults) + 30);
  ASSERT_TRUE(Until([&] { return !spool_->Stats().error.empty(); }));
  disk_.Set(FaultyVfs::Fault::kNone);
  ASSERT_TRUE(OnDisk());
  const SpoolStats stats = spool_->Stats();
  EXPECT_EQ(stats.drops.at(v1::GAP_REASON_DISK), 30U);
  EXPECT_EQ(stats.queued, SqliteSpool::kRingResults + 2);
  EXPECT_THAT(Content(*spool_, Head()), HasSubstr("2:12 gap(3-32 DISK) 33:43"));
}

TEST_F(SqliteSpoolTest, StartsWithoutADiskAndTakesItUpWhenItComes) {
  Open();
  Append(2);
  Open();  // two results of an earlier life
  const std::uint64_t old = Old();
  spool_.reset();
  disk_.Set(FaultyVfs::Fault::kRead);
  Open();
  EXPECT_THAT(spool_->Stats().error, HasSubstr("I/O"));
  Append(3);
  const std::uint64_t head = Head();
  disk_.Set(FaultyVfs::Fault::kNone);
  ASSERT_TRUE(Until([&] { return spool_->Stats().queued == 5; }));
  EXPECT_EQ(Content(*spool_, old), "1:11 2:12");
  EXPECT_EQ(Content(*spool_, head), "1:13 2:14 3:15");
  EXPECT_EQ(Head(), head);
  ASSERT_TRUE(OnDisk());
}

TEST_F(SqliteSpoolTest, DoesNotTakeAReadErrorForALoss) {
  Open();
  Append(3);
  spool_->Flush();
  Open();  // nothing is in the page cache
  disk_.Set(FaultyVfs::Fault::kRead);
  EXPECT_FALSE(spool_->Read(Old(), 1, kAll, kAll).ok());
  disk_.Set(FaultyVfs::Fault::kNone);
  EXPECT_EQ(Content(*spool_, Old()), "1:11 2:12 3:13");
}

TEST_F(SqliteSpoolTest, SetsAFileAsideThatIsNoDatabase) {
  for (int life = 0; life < 4; ++life) {
    spool_.reset();
    std::filesystem::create_directories(directory());
    std::ofstream(file(), std::ios::trunc) << std::string(8192, 'x');
    clock_.now.wall_ms += 1;
    Open();
    EXPECT_EQ(spool_->Stats().error, "");
    Append(1);
    ASSERT_TRUE(OnDisk());
  }
  EXPECT_EQ(SetAside().size(), 2U);
}

TEST_F(SqliteSpoolTest, TellsWhatADamagedFileHeldWhereItsLedgerCanBeRead) {
  Open();
  Append(300);
  const std::uint64_t epoch = Head();
  spool_->Release(epoch, 100);
  spool_.reset();
  ASSERT_EQ(support::RunToEnd({.argv = {"sqlite3", file(), "DELETE FROM result WHERE id = 150"}})
                .exit_code,
            0);
  Open();
  EXPECT_EQ(Content(*spool_, epoch), "gap(101-300 DAMAGE)");
  EXPECT_EQ(spool_->Stats().drops.at(v1::GAP_REASON_DAMAGE), 200U);
  EXPECT_EQ(SetAside().size(), 1U);
}

TEST_F(SqliteSpoolTest, TellsExactlyWhatItLosesWhenDamageShowsWhileItRuns) {
  Open();
  for (int i = 0; i < 500; ++i) {
    spool_->Append(ResultAt(++last_, std::string(3000, 'x') + std::to_string(i)), false);
    if (i % 100 == 99) spool_->Flush();
  }
  spool_.reset();
  Open();
  const std::uint64_t epoch = Old();
  // All of the file but its beginning, behind SQLite's back.
  const auto bytes = std::filesystem::file_size(file());
  {
    std::fstream raw(file(), std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(8 * 4096);
    raw << std::string(bytes - 8 * 4096, '\xa5');
  }
  Append(1);
  EXPECT_EQ(Content(*spool_, epoch), "gap(1-500 DAMAGE)");
  EXPECT_EQ(Content(*spool_, Head()), "1:511");
  EXPECT_EQ(SetAside().size(), 1U);
  ASSERT_TRUE(OnDisk());
  Open();
  EXPECT_EQ(Content(*spool_, epoch), "gap(1-500 DAMAGE)");
}

TEST_F(SqliteSpoolTest, StaysWithinItsBytes) {
  Open({.max_results = 1'000'000, .max_bytes = 256 << 10, .min_free_percent = 0});
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 20; ++i) {
      ++last_;
      spool_->Append(ResultAt(last_, std::string(2000, 'x') + std::to_string(last_)), false);
    }
    spool_->Flush();
  }
  spool_->Flush();
  const SpoolStats stats = spool_->Stats();
  EXPECT_GT(stats.drops.at(v1::GAP_REASON_OVERFLOW), 100U);
  EXPECT_EQ(stats.queued + stats.drops.at(v1::GAP_REASON_OVERFLOW), 400U);
  EXPECT_LT(stats.bytes, 1'200'000U);
  EXPECT_EQ(Content(*spool_, Head()).substr(0, 6), "gap(1-");
}

TEST_F(SqliteSpoolTest, GivesUpWhatIsTooOld) {
  Open({.max_age = 1h, .min_free_percent = 0});
  for (int i = 0; i < 4; ++i) {  // of another boot: by the wall clock
    spool_->Append(ResultAt(clock_.now.wall_ms - 5'000'000 + i * 1'000'000), false);
  }
  SpooledResult own = ResultAt(1);  // of this boot: the wall clock was wrong
  own.boot_id = BootId();
  own.result.set_boot_ms(clock_.now.boot_ms);
  spool_->Append(own, false);
  spool_->Flush();
  EXPECT_THAT(Content(*spool_, Head()), HasSubstr("gap(1-2 AGE) 3:"));
  EXPECT_EQ(spool_->Stats().drops.at(v1::GAP_REASON_AGE), 2U);
  EXPECT_EQ(spool_->Stats().queued, 3U);
}

// Killed at any moment, the spool holds everything it said was on disk, without a hole.
TEST_F(SqliteSpoolTest, HoldsWhatItCommittedHoweverItsProcessEnds) {
  for (int life = 0; life < 12; ++life) {
    int told[2];
    ASSERT_EQ(pipe(told), 0);
    const pid_t child = fork();
    if (child == 0) {
      asio::io_context io;
      auto spool = SqliteSpool::Open(io, clock_, scratch_ / "killed", {.min_free_percent = 0});
      for (std::int64_t i = 1;; ++i) {
        for (int k = 0; k < 5; ++k) (*spool)->Append(ResultAt(5 * (i - 1) + k + 1), false);
        if (i % 4 == 0) (*spool)->Release((*spool)->Head().epoch, static_cast<std::uint64_t>(i));
        (*spool)->Flush();
        const std::int64_t committed = 5 * i;
        if (write(told[1], &committed, sizeof committed) < 0) _exit(1);
      }
    }
    close(told[1]);
    std::this_thread::sleep_for(30ms + life * 7ms);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    std::int64_t committed = 0;
    for (std::int64_t next = 0; read(told[0], &next, sizeof next) > 0;) committed = next;
    close(told[0]);

    auto spool = SqliteSpool::Open(io_, clock_, scratch_ / "killed", {.min_free_percent = 0});
    ASSERT_TRUE(spool.ok());
    EXPECT_EQ((*spool)->Stats().error, "");
    EXPECT_TRUE((*spool)->Stats().drops.empty());
    const auto epochs = (*spool)->Epochs();
    if (epochs.size() == 1) {
      EXPECT_EQ(committed, 0);
      continue;
    }
    ASSERT_EQ(epochs.size(), 2U) << "life " << life;
    EXPECT_GE(epochs[0].last_seq, static_cast<std::uint64_t>(committed));
    std::uint64_t next = epochs[0].first_seq;
    while (next <= epochs[0].last_seq) {
      const auto chunk = (*spool)->Read(epochs[0].epoch, next, kAll, kAll);
      ASSERT_TRUE(chunk.ok());
      ASSERT_TRUE(chunk->gaps.empty());
      for (const SpooledResult& spooled : chunk->results) {
        EXPECT_EQ(spooled.result.wall_ms(), static_cast<std::int64_t>(next++));
      }
    }
    (*spool)->Release(epochs[0].epoch, epochs[0].last_seq);
  }
}

}  // namespace
}  // namespace relaywatch::agent
