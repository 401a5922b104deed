// The file behind a SqliteSpool: results as small rows, what repeats in them (paths, outcomes)
// once, and the ledger's two small tables, which every commit writes whole. A commit is one
// transaction, on disk when it returns (WAL, synchronous=FULL). Only the page cache is in memory.
//
// One connection writes, reads and checkpoints (SQLite's WAL-reset bug needs two). Thread-safe: the
// writer's thread commits, the agent's reads; each waits for the other.
// Errors as in common/sqlite: ResourceExhausted (disk full), PermissionDenied (read-only),
// Unavailable (I/O), DataLoss (damaged: set it aside).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/spool/ledger.h"
#include "agent/spool/spool.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::agent {

// Everything that has changed since the commit before; after a failure a later set, which covers
// this one, may be written in its place.
struct WriteSet {
  std::vector<std::pair<std::int64_t, SpooledResult>> results;
  std::vector<IdRange> erase;
  std::vector<Span> spans;
  std::vector<IdGap> gaps;
  bool tidy = false;  // look for content that no result refers to any more
};

struct FileUsage {
  std::uint64_t used_bytes = 0;  // of the file, without its free pages
  std::uint64_t file_bytes = 0;  // of the file and its log
  std::uint64_t disk_bytes = 0;  // of the file system
  std::uint64_t free_bytes = 0;  // of the file system
};

// When a result was made, by the clocks that it carries.
struct Stamp {
  std::int64_t id = 0;
  std::int64_t wall_ms = 0;
  std::int64_t boot_ms = 0;
  std::uint64_t boot_id = 0;
};

class SpoolFile {
 public:
  struct Contents {
    std::vector<Span> spans;
    std::vector<IdGap> gaps;
  };
  using Rows = std::vector<std::pair<std::int64_t, SpooledResult>>;

  // Creates the file where it is missing. After an unclean end the file is checked, for at most two
  // seconds. FailedPrecondition: of a newer version; DataLoss also for a file of something else.
  static absl::StatusOr<std::unique_ptr<SpoolFile>> Open(const std::string& file);
  // What the ledger's tables of a damaged file still tell; empty where that is nothing.
  static Contents Salvage(const std::string& file);
  ~SpoolFile();

  absl::StatusOr<Contents> Load();
  absl::Status Commit(const WriteSet& set);
  // At most max_results rows in order, of about max_bytes of payload.
  absl::StatusOr<Rows> Read(IdRange ids, std::size_t max_results, std::size_t max_bytes);
  // The oldest rows, at most `count`.
  absl::StatusOr<std::vector<Stamp>> Oldest(std::size_t count);
  absl::StatusOr<FileUsage> Usage();

 private:
  struct Statements;
  // What the rows of one read have in common, by the id of the content.
  struct Shared {
    std::map<std::int64_t, std::shared_ptr<const v1::Path>> paths;
    std::map<std::int64_t, std::shared_ptr<const std::string>> outcomes;
  };
  SpoolFile(std::string file, sqlite::Database database);
  absl::Status Prepare();
  absl::Status CheckIntegrity();
  absl::StatusOr<std::int64_t> Intern(const std::string& bytes);
  absl::StatusOr<SpooledResult> ReadRow(Shared& shared);
  absl::StatusOr<std::string> Content(std::int64_t id);
  absl::Status Insert(std::int64_t id, const SpooledResult& spooled);
  absl::Status WriteLedger(const WriteSet& set);
  absl::Status ForgetUnused(bool at_once);

  std::mutex mutex_;
  const std::string file_;
  sqlite::Database database_;
  std::unique_ptr<Statements> statements_;
  std::size_t interned_ = 0;  // since unused content was last looked for
  std::uint64_t page_bytes_ = 0;
};

}  // namespace relaywatch::agent
