// The store in one SQLite file: WAL, synchronous=FULL, and one connection that both writes and
// checkpoints (the WAL-reset bug of SQLite before 3.51.3 needs two). Readers are welcome: the
// sqlite3 shell may read the views of docs/schema.md at any time. A lock file beside it keeps a
// second collector out. Confined to one thread, see Store.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "collector/store/folder.h"
#include "collector/store/retention.h"
#include "collector/store/roller.h"
#include "collector/store/row_source.h"
#include "collector/store/store.h"
#include "common/lock_file.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

class SqliteStore final : public Store {
 public:
  // Creates the directory and the file where they are missing. Every error names the path:
  // PermissionDenied, AlreadyExists (another collector has it), DataLoss (damaged),
  // FailedPrecondition (of a newer version), InvalidArgument (of another program).
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& directory,
                                                           FoldLimits limits = {},
                                                           const Retention& retention = {},
                                                           RollLimits roll_limits = {});
  ~SqliteStore() override;

  absl::Status Commit(const CommitSet& set) override;
  absl::StatusOr<LastIds> ReadLastIds() override;
  absl::StatusOr<std::vector<AgentRow>> ReadAgents() override;
  absl::StatusOr<std::vector<ProfileRow>> ReadProfiles() override;
  absl::StatusOr<std::vector<LatestState>> ReadLatest() override;
  absl::StatusOr<PolicyState> ReadPolicy() override;
  absl::StatusOr<std::string> ReadMeta(std::string_view key) override;
  absl::StatusOr<std::optional<EpochRow>> FindEpoch(std::int64_t agent,
                                                    std::uint64_t epoch) override;
  absl::StatusOr<std::optional<std::int64_t>> FindSeries(const SeriesKey& key) override;
  absl::StatusOr<std::optional<std::int64_t>> FindOutcome(std::string_view digest) override;
  absl::StatusOr<std::string> ReadFacts(std::int64_t outcome) override;
  absl::Status ForEachOutcome(std::int64_t after, std::int64_t limit,
                              const OutcomeVisitor& visit) override;
  absl::StatusOr<std::vector<JudgementRow>> ReadJudgements(std::int64_t first,
                                                           std::int64_t last) override;
  absl::StatusOr<bool> Maintain(std::int64_t now_ms) override;
  StoreStats Stats() const override { return stats_; }

 private:
  struct Statements;
  SqliteStore(LockFile lock, std::string file, sqlite::Database database);
  absl::Status Start(const FoldLimits& limits, const Retention& retention, RollLimits roll_limits);
  absl::Status Check(bool was_closed);
  void NoteDamage(const absl::Status& status);
  absl::Status Write(const CommitSet& set);
  absl::Status WriteNames(const CommitSet& set);
  absl::Status WriteOutcomes(const CommitSet& set);
  absl::Status WriteJudgement(const JudgementRow& judgement);
  absl::Status WriteResults(const CommitSet& set);
  absl::Status WriteRules(const CommitSet& set);
  absl::Status WriteChanges(const CommitSet& set);
  absl::Status WriteProgress(const CommitSet& set);
  // Folds the log into the file once it is large; failing is no harm, the next commit tries again.
  void CheckpointIfLarge();

  LockFile lock_;
  std::string file_;
  std::unique_ptr<RowSource> row_source_;  // before the database, which reads it to the last
  sqlite::Database database_;
  std::unique_ptr<Statements> statements_;
  std::unique_ptr<Folder> folder_;
  std::optional<Roller> roller_;
  int turn_ = 0;  // of folding and rolling up
  std::int64_t page_bytes_ = 0;
  int wal_pages_ = 0;  // as of the last commit, told by SQLite's hook
  StoreStats stats_;
};

}  // namespace relaywatch::collector
