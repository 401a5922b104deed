// The store on a real file: what a commit writes, what a crash leaves, what is refused at the door.
#include "collector/store/sqlite_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "collector/store/schema.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector {
namespace {

using ::testing::HasSubstr;

class SqliteStoreTest : public ::testing::Test {
 protected:
  void Open() {
    store_.reset();
    auto store = SqliteStore::Open(directory());
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  std::string directory() const { return scratch_ / "data"; }
  std::string file() const { return directory() + "/relaywatch.db"; }

  // By a connection of its own, as the sqlite3 shell would.
  std::int64_t Sql(const std::string& query) const {
    auto database = sqlite::Database::Open(file());
    EXPECT_TRUE(database.ok());
    const auto value = database->Integer(query);
    EXPECT_TRUE(value.ok()) << value.status();
    return value.value_or(-1);
  }
  std::string Text(const std::string& query) const {
    auto database = sqlite::Database::Open(file());
    auto statement = sqlite::Statement::Prepare(*database, query);
    EXPECT_TRUE(statement.ok()) << statement.status();
    if (!statement.ok() || !*statement->Step()) return "";
    return std::string(statement->Text(0));
  }

  // Leaves of a new file what version 1 had.
  void MakeVersionOne() const {
    const std::string drops = Text(
        "SELECT group_concat('DROP ' || type || ' ' || name, ';') FROM sqlite_schema "
        "WHERE type = 'view' OR type = 'table' AND name NOT IN ('meta', 'label', 'agent', "
        "'epoch', 'series', 'outcome', 'profile', 'judgement', 'result', 'gap', 'latest')");
    const auto done = sqlite::Database::Open(file())->Execute(
        drops + "; DELETE FROM meta; ALTER TABLE epoch DROP COLUMN stamp; PRAGMA user_version = 1");
    ASSERT_TRUE(done.ok()) << done;
  }

  // One agent, epoch, series, profile, outcome, judgement and `count` results.
  static CommitSet FirstSet(int count) {
    CommitSet set;
    set.agents.push_back({1, "office", 1'790'000'000'000, "hq"});
    set.epochs.push_back({1, 1, 0xfeedfacecafebeef, static_cast<std::uint64_t>(count)});
    set.series.push_back({1,
                          {"hq", "corp", "mail.example.com", v1::PROTOCOL_SMTP,
                           v1::SECURITY_STARTTLS, 587, "192.0.2.1"}});
    set.profiles.push_back({1, "outlook", "definition"});
    set.outcomes.push_back({1, std::string(32, '\xab'), "facts", v1::STAGE_RCPT, 5});
    set.judgements.push_back({1, 1, v1::VERDICT_AUTH_MISMATCH, v1::STAGE_AUTH, true});
    for (int i = 1; i <= count; ++i) set.results.push_back(Row(static_cast<std::uint64_t>(i)));
    return set;
  }
  static ResultRow Row(std::uint64_t seq) {
    ResultRow row;
    row.epoch = row.series = row.outcome = 1;
    row.seq = seq;
    row.time_ms = 1'790'000'000'123;
    row.stage_us[0] = 10;
    row.stage_us[1] = 200;
    row.stage_us[10] = 3;
    return row;
  }

  support::ScratchDirectory scratch_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteStoreTest, TheViewsSpeakPlainWords) {
  Open();
  ASSERT_TRUE(store_->Commit(FirstSet(1)).ok());
  EXPECT_EQ(Text("SELECT agent || ' ' || epoch || ' ' || seq || ' ' || time || ' ' || location || "
                 "' ' || endpoint || ' ' || host || ' ' || port || ' ' || protocol || ' ' || "
                 "security || ' ' || address || ' ' || stage || ' ' || moved || ' ' || "
                 "captive_portal || ' ' || "
                 "lane || ' ' || resolve_us || ' ' || quit_us || ' ' || total_us FROM results"),
            "office feedfacecafebeef 1 2026-09-21T14:13:20.123Z hq corp mail.example.com 587 smtp "
            "starttls 192.0.2.1 rcpt 0 0 live 10 3 213");
  EXPECT_EQ(Sql("SELECT banner_us IS NULL FROM results"), 1);
  EXPECT_EQ(Text("SELECT agent || ' ' || profile || ' ' || verdict || ' ' || stage || ' ' || "
                 "auth_judged FROM judged"),
            "office outlook auth_mismatch auth 1");
  EXPECT_EQ(Text("SELECT outcome || ' ' || profile || ' ' || verdict FROM judgements"),
            "1 outlook auth_mismatch");
}

TEST_F(SqliteStoreTest, CanBeReadWhileItIsWritten) {
  Open();
  ASSERT_TRUE(store_->Commit(FirstSet(10)).ok());
  auto reader = sqlite::Database::Open(file());
  ASSERT_TRUE(reader.ok());
  auto statement = sqlite::Statement::Prepare(*reader, "SELECT seq FROM results");
  ASSERT_TRUE(statement.ok());
  ASSERT_TRUE(*statement->Step());  // in the middle of a read
  CommitSet more;
  more.results.push_back(Row(11));
  EXPECT_TRUE(store_->Commit(more).ok());
  statement->Reset();
  EXPECT_EQ(Sql("SELECT count(*) FROM results"), 11);
}

TEST_F(SqliteStoreTest, FindsAgainWhatItWrote) {
  Open();
  ASSERT_TRUE(store_->Commit(FirstSet(3)).ok());
  Open();
  EXPECT_EQ(store_->ReadLastIds()->series, 1);
  EXPECT_EQ(store_->ReadLastIds()->outcome, 1);
  EXPECT_EQ((*store_->FindEpoch(1, 0xfeedfacecafebeef))->high_water_mark, 3u);
  EXPECT_EQ(*store_->FindEpoch(1, 7), std::nullopt);
  EXPECT_EQ(*store_->FindSeries(FirstSet(0).series[0].key), 1);
  EXPECT_EQ(*store_->FindOutcome(std::string(32, '\xab')), 1);
  EXPECT_EQ(*store_->FindOutcome(std::string(32, 'x')), std::nullopt);
  EXPECT_EQ(*store_->ReadFacts(1), "facts");
  EXPECT_EQ(store_->ReadFacts(9).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ReadAgents()->at(0).location, "hq");
  EXPECT_EQ(store_->ReadProfiles()->at(0).definition, "definition");
  EXPECT_EQ(store_->Stats().results, 3);
  EXPECT_GT(store_->Stats().bytes, 0);
}

TEST_F(SqliteStoreTest, ACommitIsAllOrNothing) {
  Open();
  ASSERT_TRUE(store_->Commit(FirstSet(1)).ok());
  CommitSet bad;
  bad.epochs.push_back({1, 1, 0xfeedfacecafebeef, 99});
  bad.results.push_back(Row(2));
  bad.series.push_back({2, FirstSet(0).series[0].key});  // the same series again
  EXPECT_FALSE(store_->Commit(bad).ok());
  EXPECT_EQ(Sql("SELECT count(*) FROM result"), 1);
  EXPECT_EQ(Sql("SELECT hwm FROM epoch"), 1);
  bad.series.clear();
  EXPECT_TRUE(store_->Commit(bad).ok());  // and can be tried again
  EXPECT_EQ(Sql("SELECT hwm FROM epoch"), 99);
}

TEST_F(SqliteStoreTest, TheLatestComesFromWhatWasRememberedAndTheRowsBehindIt) {
  Open();
  CommitSet set = FirstSet(2);
  set.series.push_back(
      {2, {"home", "corp", "mail.example.com", v1::PROTOCOL_SMTP, v1::SECURITY_TLS, 465, ""}});
  set.outcomes.push_back({2, std::string(32, '\xcd'), "other", v1::STAGE_CONNECT, 5});
  set.latest.push_back({1, 100, 1});
  set.latest.push_back({2, 100, 1});
  set.latest_complete = true;
  ASSERT_TRUE(store_->Commit(set).ok());
  CommitSet tail;
  for (const std::uint32_t flags : {0u, kMoved, kBacklog}) {
    ResultRow row = Row(3);
    row.time_ms = flags == 0 ? 200 : 300;  // what does not vote does not count here either
    row.outcome = 2;
    row.flags = flags;
    tail.results.push_back(row);
  }
  ASSERT_TRUE(store_->Commit(tail).ok());
  const auto latest = store_->ReadLatest();
  ASSERT_TRUE(latest.ok()) << latest.status();
  ASSERT_EQ(latest->size(), 2u);
  for (const LatestState& state : *latest) {
    EXPECT_EQ(state.outcome, state.series.id == 1 ? 2 : 1);
    EXPECT_EQ(state.time_ms, state.series.id == 1 ? 200 : 100);
  }
}

// A real kill in the middle of writing: what Commit returned OK for is there, with its mark.
TEST_F(SqliteStoreTest, AKillLosesNothingThatWasCommitted) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto store = SqliteStore::Open(directory());
    CommitSet set = FirstSet(0);
    for (std::uint64_t seq = 1; store.ok(); ++seq) {
      set.results.assign(1, Row(seq));
      set.epochs.assign(1, {1, 1, 0xfeedfacecafebeef, seq});
      if (!(*store)->Commit(set).ok()) _exit(1);
      set.Clear();
      if (write(pipe_ends[1], "k", 1) != 1) _exit(1);
    }
    _exit(1);
  }
  char committed = 0;
  for (int i = 0; i < 50; ++i) ASSERT_EQ(read(pipe_ends[0], &committed, 1), 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(pipe_ends[1]);
  int promised = 50;
  while (read(pipe_ends[0], &committed, 1) == 1) ++promised;
  close(pipe_ends[0]);
  Open();
  const std::int64_t stored = Sql("SELECT count(*) FROM result");
  EXPECT_GE(stored, promised);
  EXPECT_EQ(stored, Sql("SELECT hwm FROM epoch"));
  EXPECT_EQ(stored, Sql("SELECT max(seq) FROM result"));
}

TEST_F(SqliteStoreTest, FoldsItsLogIntoTheFile) {
  Open();
  ASSERT_TRUE(store_->Commit(FirstSet(0)).ok());
  CommitSet set;
  std::int64_t largest = 0;
  for (std::uint64_t seq = 0; seq < 400'000; ++seq) {
    set.results.push_back(Row(seq + 1));
    if (set.results.size() < 20'000) continue;
    ASSERT_TRUE(store_->Commit(set).ok());
    set.Clear();
    largest = std::max(largest, store_->Stats().wal_bytes);
  }
  EXPECT_LT(largest, 16 * 1024 * 1024);
  EXPECT_GT(store_->Stats().bytes, 4 * 1024 * 1024);
}

TEST_F(SqliteStoreTest, ADiskThatIsFullIsSaidSoAndHeals) {
  Open();
  ASSERT_TRUE(store_->Commit(FirstSet(0)).ok());
  CommitSet large;
  for (std::uint64_t seq = 1; seq <= 50'000; ++seq) large.results.push_back(Row(seq));
  // A file size limit is the full disk that a test can have without privileges.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 256 * 1024, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const absl::Status full = store_->Commit(large);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_FALSE(full.ok());
  EXPECT_NE(full.message(), "");
  EXPECT_TRUE(store_->Commit(large).ok());
  EXPECT_EQ(Sql("SELECT count(*) FROM result"), 50'000);
}

TEST_F(SqliteStoreTest, ASecondCollectorIsKeptOut) {
  Open();
  const auto second = SqliteStore::Open(directory());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(second.status().message()),
              ::testing::AllOf(HasSubstr(directory()), HasSubstr("another process, pid")));
}

TEST_F(SqliteStoreTest, ADirectoryThatCannotBeMadeIsToldByName) {
  const std::string file = scratch_.Write("occupied", "");
  const auto store = SqliteStore::Open(file + "/data");
  EXPECT_FALSE(store.ok());
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(file + "/data"));
}

TEST_F(SqliteStoreTest, ADirectoryThatCannotBeWrittenIsToldByName) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  std::filesystem::create_directory(directory());
  chmod(directory().c_str(), 0500);
  const auto store = SqliteStore::Open(directory());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(directory()));
}

TEST_F(SqliteStoreTest, AFileThatIsNoDatabaseIsDamaged) {
  scratch_.Write("data/relaywatch.db", std::string(8'192, 'x'));
  const auto store = SqliteStore::Open(directory());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(store.status().message()),
              ::testing::AllOf(HasSubstr(file()), HasSubstr("not a database")));
}

TEST_F(SqliteStoreTest, ADatabaseOfAnOlderVersionIsBroughtUpToThisOne) {
  Open();
  CommitSet set;
  set.agents.push_back({1, "office", 5, "office"});
  set.epochs.push_back({1, 1, 77, 12, 99});
  ASSERT_TRUE(store_->Commit(set).ok());
  store_.reset();
  MakeVersionOne();
  Open();
  const auto epoch = store_->FindEpoch(1, 77);
  ASSERT_TRUE(epoch.ok() && epoch->has_value());
  EXPECT_EQ((*epoch)->high_water_mark, 12U);
  EXPECT_EQ((*epoch)->stamp, 0U);
  EXPECT_EQ(*sqlite::Database::Open(file())->Integer("PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(Sql("SELECT count(*) FROM changes") + Sql("SELECT count(*) FROM rule_history"), 0);
}

TEST_F(SqliteStoreTest, ADatabaseOfANewerVersionIsRefused) {
  Open();
  store_.reset();
  ASSERT_TRUE(sqlite::Database::Open(file())->Execute("PRAGMA user_version = 99").ok());
  const auto store = SqliteStore::Open(directory());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("schema version 99"));
}

TEST_F(SqliteStoreTest, ADatabaseOfAnotherProgramIsRefused) {
  std::filesystem::create_directory(directory());
  ASSERT_TRUE(sqlite::Database::Open(file())->Execute("CREATE TABLE mail(x)").ok());
  const auto store = SqliteStore::Open(directory());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("not a Relaywatch database"));
}

}  // namespace
}  // namespace relaywatch::collector
