// A backup of a store that is being written to, and a new store from it.
#include "collector/store/backup.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "collector/store/check.h"
#include "collector/store/open_store.h"
#include "tests/unit/store/history_fixture.h"

namespace relaywatch::collector::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class BackupTest : public HistoryFixture {
 protected:
  void SetUp() override {
    Open();
    ASSERT_TRUE(store_->Commit(Names(3, 1, 1)).ok());
    ASSERT_TRUE(sqlite::Database::Open(directory() + "/fleet.sqlite")
                    ->Execute("CREATE TABLE agent(name TEXT); INSERT INTO agent VALUES('office')")
                    .ok());
    fs::create_directory(directory() + "/pki");
    std::ofstream(directory() + "/pki/issuer.pem") << "key";
  }

  // With its mark, as ingest does.
  void Commit(int rows) {
    CommitSet set;
    for (int i = 0; i < rows; ++i) {
      ResultRow row;
      row.epoch = row.outcome = 1;
      row.series = 1 + i % 3;
      row.seq = ++seq_;
      row.time_ms = kMorning + static_cast<std::int64_t>(seq_);
      set.results.push_back(row);
    }
    set.epochs.push_back({1, 1, 1, seq_});
    ASSERT_TRUE(store_->Commit(set).ok());
  }
  absl::StatusOr<std::int64_t> Back(const std::string& to, bool stop = false) {
    return BackUp({directory(), to, [stop] { return stop; }});
  }

  std::uint64_t seq_ = 0;
};

TEST_F(BackupTest, ANewStoreStartsFromItWithAllThatWasAcknowledged) {
  Commit(50'000);
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> acknowledged{seq_};
  std::chrono::steady_clock::duration longest{0};
  std::thread writer([&] {
    while (!over) {
      const auto start = std::chrono::steady_clock::now();
      Commit(200);
      longest = std::max(longest, std::chrono::steady_clock::now() - start);
      acknowledged = seq_;
    }
  });
  const std::string to = scratch_ / "backup";
  for (int round = 0; round < 3; ++round) {
    fs::remove_all(to);
    const std::uint64_t before = acknowledged;
    const auto bytes = Back(to);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_GT(*bytes, 1'000'000);
    auto restored = OpenStore(to, {}, kMorning);
    ASSERT_TRUE(restored.ok()) << restored.status();
    EXPECT_EQ(CountDamaged(to + "/relaywatch.db"), 0);
    const auto mark = (*(*restored)->FindEpoch(1, 1))->high_water_mark;
    EXPECT_GE(mark, before);
    EXPECT_EQ((*restored)->Stats().results, static_cast<std::int64_t>(mark));
    EXPECT_TRUE(CheckStore(to).ok());
  }
  over = true;
  writer.join();
  RecordProperty(
      "longest_commit_ms",
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(longest).count()));
  EXPECT_EQ(Sql("SELECT count(*) FROM result"), static_cast<std::int64_t>(seq_));
}

TEST_F(BackupTest, HoldsTheRegistryAndTheKeysForTheOwnerOnly) {
  const std::string to = scratch_ / "backup";
  ASSERT_TRUE(Back(to).ok());
  EXPECT_EQ(*sqlite::Database::Open(to + "/fleet.sqlite")->Integer("SELECT count(*) FROM agent"),
            1);
  std::string key;
  std::ifstream(to + "/pki/issuer.pem") >> key;
  EXPECT_EQ(key, "key");
  for (const char* file : {"/relaywatch.db", "/fleet.sqlite", "/pki/issuer.pem"}) {
    struct stat status {};
    ASSERT_EQ(stat((to + file).c_str(), &status), 0) << file;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << file;
  }
  struct stat status {};
  ASSERT_EQ(stat(to.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(BackupTest, OverwritesNothing) {
  const std::string to = scratch_ / "backup";
  std::ofstream(to) << "precious";
  EXPECT_EQ(Back(to).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(fs::file_size(to), 8U);
  fs::remove(to);
  fs::create_directory(to + ".part");
  EXPECT_EQ(Back(to).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(BackupTest, OneThatFailsLeavesNothing) {
  const std::string to = scratch_ / "backup";
  EXPECT_EQ(Back(to, true).status().code(), absl::StatusCode::kCancelled);
  fs::remove(directory() + "/fleet.sqlite");
  EXPECT_FALSE(Back(to).ok());
  EXPECT_FALSE(fs::exists(to));
  EXPECT_FALSE(fs::exists(to + ".part"));
}

TEST_F(BackupTest, SaysWhatIsWrongWithItsPlace) {
  EXPECT_EQ(Back("relative").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Back("/").status().code(), absl::StatusCode::kInvalidArgument);
  const auto nowhere = Back(scratch_ / "no/such/place");
  EXPECT_THAT(std::string(nowhere.status().message()), HasSubstr("no/such/place"));
}

}  // namespace
}  // namespace relaywatch::collector::testing
