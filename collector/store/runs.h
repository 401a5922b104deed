// What a series showed over a time, in a few numbers: runs of results with the same outcome. With
// them the matrix at a past moment is answered without reading the results. Thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace relaywatch::collector {

// Results of one series that vote and saw one outcome, no two neighbours of them further apart than
// kRunGapMs. Runs with different outcomes overlap only where results came out of order.
struct Run {
  std::int64_t start_ms = 0;
  std::int64_t last_ms = 0;
  std::int64_t outcome = 0;

  bool operator==(const Run&) const = default;
};

inline constexpr std::int64_t kRunGapMs = 10 * 60'000;
inline constexpr std::size_t kMaxRuns = 32;  // of a series in a segment; more than that is flapping

// Adds a run (or one result: start = last) that came after the others; it becomes part of the last
// one where it continues that.
void AppendRun(std::vector<Run>& runs, const Run& run);

// Runs of many series as one blob.
class RunsWriter {
 public:
  // Series ascending; no runs: too many, to be seen from the results alone.
  void Add(std::int64_t series, std::span<const Run> runs);
  const std::string& blob() const { return blob_; }

 private:
  std::string blob_;
  std::int64_t series_ = 0;
  std::int64_t before_ms_ = 0;
};

// DataLoss for what no RunsWriter made.
absl::Status ReadRuns(
    std::string_view blob,
    absl::FunctionRef<void(std::int64_t series, std::span<const Run> runs)> visit);

}  // namespace relaywatch::collector
