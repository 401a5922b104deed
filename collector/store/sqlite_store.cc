#include "collector/store/sqlite_store.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "collector/annotate.h"
#include "collector/store/check.h"
#include "collector/store/schema.h"
#include "collector/store/statements.h"
#include "common/durable_file.h"

namespace relaywatch::collector {
namespace {

// Beside the file: the next start is to check all of it.
constexpr const char* kSuspect = ".suspect";
// A step of rolling up for so many in all.
constexpr int kRollEvery = 4;
constexpr std::int64_t kCheckpointBytes = 8 * 1024 * 1024;

// Pages large enough to be filled well by chunks; a file that is there keeps its own.
// WAL and FULL: what was acknowledged survives power loss. secure_delete is compiled on in Debian
// and would overwrite every freed page; mmap turns an I/O error into a crash.
constexpr const char* kPragmas = R"sql(
PRAGMA page_size = 8192;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA secure_delete = OFF;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
PRAGMA cache_size = -32768;
PRAGMA busy_timeout = 5000;
)sql";

// Row ids have no gaps: a commit that fails gives its own back.
constexpr const char* kCountResults =
    "SELECT (SELECT ifnull(sum(results), 0) FROM segment) + max(ifnull(max(id), 0) - "
    "(SELECT value FROM meta WHERE key = 'folded_upto'), 0) FROM result";

int CountWalPages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

SqliteStore::SqliteStore(LockFile lock, std::string file, sqlite::Database database)
    : lock_(std::move(lock)),
      file_(std::move(file)),
      row_source_(std::make_unique<RowSource>()),
      database_(std::move(database)) {}
SqliteStore::~SqliteStore() = default;

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& directory,
                                                               FoldLimits limits,
                                                               const Retention& retention,
                                                               RollLimits roll_limits) {
  const std::string file = directory + "/relaywatch.db";
  if (auto made = MakeDirectory(directory, 0750); !made.ok()) return made;
  auto lock = LockFile::Acquire(directory + "/collector.lock");
  if (!lock.ok()) return Annotate(lock.status(), fmt::format("data directory {}", directory));
  std::error_code error;
  const auto log_bytes = std::filesystem::file_size(file + "-wal", error);
  const bool was_closed = error || log_bytes == 0;  // closing removes the log
  auto database = sqlite::Database::Open(file);
  if (!database.ok()) return database.status();
  std::unique_ptr<SqliteStore> store(new SqliteStore(*std::move(lock), file, *std::move(database)));
  if (auto started = store->Start(limits, retention, roll_limits); !started.ok())
    return Annotate(started, file);
  if (auto checked = store->Check(was_closed); !checked.ok()) return Annotate(checked, file);
  return store;
}

absl::Status SqliteStore::Start(const FoldLimits& limits, const Retention& retention,
                                RollLimits roll_limits) {
  if (auto set = database_.Execute(kPragmas); !set.ok()) return set;
  if (auto prepared = PrepareSchema(database_); !prepared.ok()) return prepared;
  if (auto registered = row_source_->Register(database_); !registered.ok()) return registered;
  auto statements = Statements::Prepare(database_);
  if (!statements.ok()) return statements.status();
  statements_ = *std::move(statements);
  auto folder = Folder::Create(database_, limits);
  if (!folder.ok()) return folder.status();
  folder_ = *std::move(folder);
  auto roller = Roller::Create(database_, retention, roll_limits);
  if (!roller.ok()) return roller.status();
  roller_.emplace(*std::move(roller));
  const auto results = database_.Integer(kCountResults);
  if (!results.ok()) return results.status();
  const auto page_bytes = database_.Integer("PRAGMA page_size");
  if (!page_bytes.ok()) return page_bytes.status();
  page_bytes_ = *page_bytes;
  stats_.results = *results;
  stats_.damaged = CountDamaged(file_);
  sqlite3_wal_hook(database_.handle(), CountWalPages, &wal_pages_);
  CheckpointIfLarge();
  return absl::OkStatus();
}

// Damage that was met while writing is looked for everywhere, once.
absl::Status SqliteStore::Check(bool was_closed) {
  std::error_code error;
  if (std::filesystem::exists(file_ + kSuspect, error)) {
    spdlog::warn("store: {}: damage was met; all of it is being checked", file_);
    if (auto checked = CheckThoroughly(database_); !checked.ok()) return checked;
    std::filesystem::remove(file_ + kSuspect, error);
  }
  return was_closed ? absl::OkStatus() : CheckQuickly(database_, file_);
}

void SqliteStore::NoteDamage(const absl::Status& status) {
  if (absl::IsDataLoss(status)) std::ofstream(file_ + kSuspect) << status.message();
}

absl::Status SqliteStore::Commit(const CommitSet& set) {
  const absl::Status written = Write(set);
  NoteDamage(written);
  return written;
}

absl::Status SqliteStore::Write(const CommitSet& set) {
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  if (auto written = WriteNames(set); !written.ok()) return written;
  if (auto written = WriteOutcomes(set); !written.ok()) return written;
  if (auto written = WriteResults(set); !written.ok()) return written;
  if (auto written = WriteRules(set); !written.ok()) return written;
  if (auto written = WriteChanges(set); !written.ok()) return written;
  if (auto written = WriteProgress(set); !written.ok()) return written;
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  stats_.results += static_cast<std::int64_t>(set.results.size());
  CheckpointIfLarge();
  return absl::OkStatus();
}

absl::StatusOr<bool> SqliteStore::Maintain(std::int64_t now_ms) {
  // Folding comes first, but never so long that nothing old would go.
  const bool roll = turn_++ % kRollEvery == 0;
  auto more = roll ? roller_->Step(now_ms) : folder_->Step(now_ms);
  if (more.ok() && !*more) more = roll ? folder_->Step(now_ms) : roller_->Step(now_ms);
  CheckpointIfLarge();
  NoteDamage(more.status());
  return more;
}

absl::Status SqliteStore::WriteNames(const CommitSet& set) {
  for (const AgentRow& agent : set.agents) {
    auto& put = statements_->put_agent;
    put.Bind(1, agent.id).BindText(2, agent.name).Bind(3, agent.last_seen_ms);
    if (auto done = put.BindText(4, agent.location).Run(); !done.ok()) return done;
  }
  for (const SeriesRow& series : set.series) {
    auto& add = statements_->add_series;
    add.Bind(1, series.id).BindText(2, series.key.location).BindText(3, series.key.endpoint);
    add.BindText(4, series.key.host).Bind(5, series.key.protocol).Bind(6, series.key.security);
    add.Bind(7, series.key.port).BindText(8, series.key.address);
    if (auto done = add.Run(); !done.ok()) return done;
  }
  for (const ProfileRow& profile : set.profiles) {
    auto& put = statements_->put_profile;
    put.Bind(1, profile.id).BindText(2, profile.name).BindText(3, profile.definition);
    if (auto done = put.Run(); !done.ok()) return done;
    auto& version = statements_->put_profile_version;
    version.Bind(1, profile.id).Bind(2, profile.since_ms).BindText(3, profile.definition);
    if (auto done = version.Run(); !done.ok()) return done;
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::WriteOutcomes(const CommitSet& set) {
  for (const OutcomeRow& outcome : set.outcomes) {
    auto& add = statements_->add_outcome;
    add.Bind(1, outcome.id).BindBlob(2, outcome.digest).BindBlob(3, outcome.facts);
    if (auto done = add.Bind(4, outcome.stage).Bind(5, outcome.first_seen_ms).Run(); !done.ok()) {
      return done;
    }
  }
  for (const JudgementRow& judgement : set.judgements) {
    if (auto done = WriteJudgement(judgement); !done.ok()) return done;
  }
  for (const RejudgementRow& again : set.rejudgements) {
    auto& keep = statements_->keep_judgement;
    keep.Bind(1, again.now.outcome).Bind(2, again.now.profile).Bind(3, again.at_ms);
    if (auto done = keep.Run(); !done.ok()) return done;
    if (auto done = WriteJudgement(again.now); !done.ok()) return done;
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::WriteJudgement(const JudgementRow& judgement) {
  auto& put = statements_->put_judgement;
  put.Bind(1, judgement.outcome).Bind(2, judgement.profile).Bind(3, judgement.verdict);
  return put.Bind(4, judgement.stage).Bind(5, judgement.auth_judged ? 1 : 0).Run();
}

absl::Status SqliteStore::WriteResults(const CommitSet& set) {
  row_source_->Set(set.results);
  const absl::Status added =
      set.results.empty() ? absl::OkStatus() : statements_->add_results.Run();
  row_source_->Set({});
  if (!added.ok()) return added;
  for (const GapRow& gap : set.gaps) {
    auto& add = statements_->add_gap;
    add.Bind(1, gap.epoch).Bind(2, static_cast<std::int64_t>(gap.first_seq));
    add.Bind(3, static_cast<std::int64_t>(gap.last_seq)).Bind(4, gap.reason);
    if (auto done = add.Bind(5, gap.recorded_ms).Run(); !done.ok()) return done;
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::WriteProgress(const CommitSet& set) {
  for (const EpochRow& epoch : set.epochs) {
    auto& put = statements_->put_epoch;
    put.Bind(1, epoch.id).Bind(2, epoch.agent).Bind(3, static_cast<std::int64_t>(epoch.epoch));
    const auto mark = static_cast<std::int64_t>(epoch.high_water_mark);
    put.Bind(4, mark).Bind(5, static_cast<std::int64_t>(epoch.stamp));
    if (auto done = put.Run(); !done.ok()) return done;
  }
  for (const LatestRow& latest : set.latest) {
    auto& put = statements_->put_latest;
    put.Bind(1, latest.series).Bind(2, latest.time_ms).Bind(3, latest.outcome);
    if (auto done = put.Run(); !done.ok()) return done;
  }
  for (const auto& [key, value] : set.meta) {
    if (auto done = statements_->put_meta.BindText(1, key).BindText(2, value).Run(); !done.ok()) {
      return done;
    }
  }
  if (!set.latest_complete) return absl::OkStatus();
  return database_.Execute(
      "INSERT OR REPLACE INTO meta SELECT 'latest_upto', ifnull(max(id), 0) FROM result");
}

void SqliteStore::CheckpointIfLarge() {
  stats_.wal_bytes = wal_pages_ * page_bytes_;
  if (stats_.wal_bytes >= kCheckpointBytes) {
    int in_log = 0;
    int folded = 0;
    sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log,
                              &folded);
    // Less than all where a reader still looks at an older state.
    stats_.wal_bytes = (in_log - folded) * page_bytes_;
  }
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file_, error);
  if (!error) stats_.bytes = static_cast<std::int64_t>(bytes);
}

}  // namespace relaywatch::collector
