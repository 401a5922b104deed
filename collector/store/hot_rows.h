// The results of a range that are not folded yet: by the index of the hot table's pieces where few
// series are asked for, and by looking at what no piece tells of; else by looking at all of them.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

struct ResultRange;

struct HotRow {
  std::int64_t series = 0;
  std::int64_t time_ms = 0;
  std::int64_t id = 0;
};

// By series and id; within a snapshot.
absl::StatusOr<std::vector<HotRow>> ListHotRows(sqlite::Database& database,
                                                const ResultRange& range);

}  // namespace relaywatch::collector
