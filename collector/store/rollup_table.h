// The rows of one level, written and read as buckets. Confined to the thread of its connection,
// which must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/store/bucket.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

// Adds buckets of one series, in the order of their starts, to what the level has of it. Inside the
// caller's transaction.
absl::Status AddToRollup(sqlite::Database& database, Level level, std::span<const Bucket> buckets);

// Walks over the buckets of a level in the order of (series, start), added up to those of the
// range's step within each row (rollup_period.h); the step must be a multiple of the level's width.
class RollupCursor {
 public:
  static absl::StatusOr<RollupCursor> Open(sqlite::Database& database, Level level,
                                           const BucketRange& range);

  // Null at the end; valid until the next call.
  absl::StatusOr<const Bucket*> Next();

 private:
  RollupCursor(Level level, const BucketRange& range, sqlite::Statement rows);

  Level level_;
  BucketRange range_;
  sqlite::Statement rows_;
  std::vector<Bucket> buckets_;  // of the current row
  std::size_t next_ = 0;
};

// From which moment on a level has everything; 0 where nothing has expired.
absl::StatusOr<std::int64_t> CoveredSince(sqlite::Database& database, Level level);
// Only ever forward.
absl::Status SetCoveredSince(sqlite::Database& database, Level level, std::int64_t since_ms);

}  // namespace relaywatch::collector
