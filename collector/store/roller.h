// Makes coarser what has grown old, one bounded step at a time, on the writer's connection. The
// segments of a day that has expired are added up to buckets of five minutes, series by series; a
// week of those to hours; a week of hours is dropped. Each step writes the sums and deletes what
// they are made of in one transaction: whatever view a reader has, and wherever a crash comes,
// every result counts once. What is left to do can be seen from the rows alone. Freed pages are
// used again; the file does not shrink.
//
// Confined to the thread of its database, which must have the schema and outlive it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/store/bucket.h"
#include "collector/store/retention.h"
#include "collector/store/steady_belief.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

// Chunks of one step, which ends with the series that reaches the first; the second is for a series
// that very many agents look at.
struct RollLimits {
  int enough_chunks = 128;
  int most_chunks = 512;
};

class Roller {
 public:
  static absl::StatusOr<Roller> Create(sqlite::Database& database, const Retention& retention,
                                       RollLimits limits);

  // One step; true where more can be done at once. A step that failed may be tried again.
  absl::StatusOr<bool> Step(std::int64_t now_ms);

 private:
  // A walk over all series of a level, to be done anew when another week has expired.
  struct Sweep {
    std::int64_t before_ms = -1;  // what is older goes; -1: not swept in this life
    std::int64_t next_id = 0;     // the row at which to go on
    bool done = true;
  };
  struct Statements {
    sqlite::Statement first_series;
    sqlite::Statement chunks;  // of a series
    sqlite::Statement delete_chunk;
  };
  Roller(sqlite::Database& database, const Retention& retention, RollLimits limits,
         std::int64_t belief_ms, Statements statements)
      : database_(database),
        retention_(retention),
        limits_(limits),
        statements_(std::move(statements)),
        belief_(belief_ms),
        kept_ms_(belief_ms) {}

  absl::Status KeepBelief();
  absl::StatusOr<bool> RollResults(std::int64_t before_ms);
  absl::StatusOr<int> RollSomeSeries(std::int64_t before_ms);  // how many chunks
  absl::StatusOr<std::int64_t> FirstSeries(std::int64_t before_ms);
  absl::StatusOr<int> RollSeries(std::int64_t before_ms, std::int64_t series);  // how many chunks
  absl::Status DropSegment(std::int64_t segment);
  absl::StatusOr<bool> SweepLevel(Level level, std::int64_t before_ms, Sweep& sweep);
  absl::StatusOr<bool> SweepSeries(Level level, Sweep& sweep);
  // What these rows of five minutes have.
  absl::Status AddHours(std::int64_t first_id, std::int64_t end_id);
  absl::Status Expire(Level level, std::int64_t first_id, std::int64_t end_id);

  sqlite::Database& database_;
  const Retention retention_;
  const RollLimits limits_;
  Statements statements_;
  SteadyBelief belief_;
  std::int64_t kept_ms_;  // the belief that is on disk
  Sweep five_minutes_;
  Sweep hours_;
};

}  // namespace relaywatch::collector
