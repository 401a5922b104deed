// Files that are not what they should be: what is met, what is set aside, what is begun anew.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "collector/store/check.h"
#include "collector/store/open_store.h"
#include "tests/unit/store/history_fixture.h"

namespace relaywatch::collector::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class IntegrityTest : public HistoryFixture {
 protected:
  // A store with some megabytes of results, closed.
  void SetUp() override {
    Open();
    CommitSet set = Names(3, 1, 1);
    for (std::uint64_t seq = 1; seq <= 20'000; ++seq) {
      ResultRow row;
      row.epoch = row.outcome = 1;
      row.series = 1 + static_cast<std::int64_t>(seq % 3);
      row.seq = seq;
      row.time_ms = kMorning + static_cast<std::int64_t>(seq) * 1'000;
      row.stage_us = {0, 1'200, 300};
      set.results.push_back(row);
    }
    set.epochs.front().high_water_mark = 20'000;
    ASSERT_TRUE(store_->Commit(set).ok());
    store_.reset();
  }

  void Overwrite(std::int64_t at, const std::string& bytes) {
    std::fstream out(file(), std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(at);
    out << bytes;
  }
  void ExpectSetAside() {
    auto store = OpenStore(directory(), {}, kMorning);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->Stats().results, 0);
    EXPECT_EQ(CountDamaged(file()), 1);
    EXPECT_TRUE(fs::exists(file() + ".damaged-20260921T141320Z"));
  }
};

TEST_F(IntegrityTest, ASoundFileStaysWhereItIs) {
  auto store = OpenStore(directory(), {}, kMorning);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->Stats().results, 20'000);
  EXPECT_EQ(CountDamaged(file()), 0);
  EXPECT_TRUE(CheckStore(directory()).ok());
}

TEST_F(IntegrityTest, AFileThatIsNoDatabaseIsSetAside) {
  Overwrite(0, std::string(4096, 'x'));
  ExpectSetAside();
}

TEST_F(IntegrityTest, AFileWithoutItsEndIsSetAside) {
  fs::resize_file(file(), fs::file_size(file()) / 2);
  std::ofstream(file() + ".suspect") << "met while it was written";
  ExpectSetAside();
}

TEST_F(IntegrityTest, ADamagedSchemaIsSetAside) {
  Overwrite(100, std::string(400, '\xff'));
  ExpectSetAside();
}

// What a corrupt page looks like from every side: nobody crashes, and whoever looks thoroughly
// finds it.
TEST_F(IntegrityTest, ACorruptPageIsFoundByTheThoroughCheck) {
  const auto pages = static_cast<std::int64_t>(fs::file_size(file())) / 8192;
  Overwrite((pages / 2) * 8192, std::string(8192, '\xff'));
  const absl::Status checked = CheckStore(directory());
  EXPECT_EQ(checked.code(), absl::StatusCode::kDataLoss) << checked;
  EXPECT_THAT(std::string(checked.message()), HasSubstr("relaywatch.db"));
  std::ofstream(file() + ".suspect") << "met while it was written";
  ExpectSetAside();
}

TEST_F(IntegrityTest, AResultAboveItsMarkIsDamage) {
  auto database = sqlite::Database::Open(file());
  ASSERT_TRUE(CheckQuickly(*database, file()).ok());
  ASSERT_TRUE(database->Execute("UPDATE epoch SET hwm = 19000").ok());
  const absl::Status checked = CheckQuickly(*database, file());
  EXPECT_EQ(checked.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(checked.message()), HasSubstr("1000 results"));
}

TEST_F(IntegrityTest, AFileOfANewerVersionOrAnotherProgramIsNotTouched) {
  for (const char* change : {"PRAGMA user_version = 99", "PRAGMA application_id = 7"}) {
    ASSERT_TRUE(sqlite::Database::Open(file())->Execute(change).ok());
    EXPECT_FALSE(OpenStore(directory(), {}, kMorning).ok());
    EXPECT_EQ(CountDamaged(file()), 0);
    ASSERT_TRUE(sqlite::Database::Open(file())->Execute("PRAGMA user_version = 3").ok());
  }
}

TEST_F(IntegrityTest, FlippedBytesNeverDoHarm) {
  std::mt19937 random(3);
  const std::string copy = scratch_ / "whole";
  fs::copy(file(), copy);
  const auto size = fs::file_size(file());
  for (int round = 0; round < 25; ++round) {
    fs::copy_file(copy, file(), fs::copy_options::overwrite_existing);
    for (int i = 0; i < 20; ++i) {
      Overwrite(static_cast<std::int64_t>(random() % size), std::string(1 + random() % 8, '\xa5'));
    }
    auto store = SqliteStore::Open(directory());
    if (!store.ok()) continue;
    CommitSet set;
    set.results.push_back({1, 20'001, 1, kMorning, 1});
    (void)(*store)->Commit(set);
    for (int i = 0; i < 20; ++i) (void)(*store)->Maintain(kMorning + i * 600'000);
    (void)(*store)->ReadLatest();
  }
}

}  // namespace
}  // namespace relaywatch::collector::testing
