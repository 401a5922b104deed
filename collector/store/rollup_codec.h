// The buckets of one series and one period as a row: counts as JSON that SQL can read, sketches
// deflated, stage by stage (one stage's sketches resemble each other). Pure; what comes back from
// the file is checked like a stranger's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/store/bucket.h"

namespace relaywatch::collector {

struct RollupRow {
  std::string counts;
  std::string stages;
};

// Buckets of one series, in the order of their starts, none empty, all within the period.
RollupRow EncodeRollup(Level level, std::int64_t period_start_ms, std::span<const Bucket> buckets);

// What the row `id` of a level has within the range, added up to buckets of its step (a multiple of
// the level's own width); the series that the range lists do not matter. DataLoss for bytes that
// EncodeRollup never wrote.
absl::StatusOr<std::vector<Bucket>> DecodeRollup(Level level, std::int64_t id,
                                                 const BucketRange& range, std::string_view counts,
                                                 std::string_view stages);

// Adds `more` to `buckets`, both of one series; both and the outcome in the order of their starts.
void MergeBuckets(std::span<const Bucket> more, std::vector<Bucket>& buckets);

}  // namespace relaywatch::collector
