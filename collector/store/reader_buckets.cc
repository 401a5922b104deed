// Results added up over time.
#include "absl/status/status.h"
#include "collector/store/bucket_sink.h"
#include "collector/store/reader.h"

namespace relaywatch::collector {

absl::StatusOr<Level> Reader::ScanBuckets(const BucketRange& range, BucketVisitor visit) {
  if (range.step_ms <= 0) return absl::InvalidArgumentError("the step must be positive");
  BucketSink sink(range.step_ms, visit);
  const auto scanned = ScanResults({range.series, range.since_ms, range.until_ms},
                                   [&](const ResultRow& row) { return sink.Add(row); });
  if (!scanned.ok()) return scanned;
  sink.Finish();
  return Level::kRaw;
}

}  // namespace relaywatch::collector
