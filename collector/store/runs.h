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

// All results of its series from start to last that vote saw that outcome, and no two neighbours
// among them lie further apart than kRunGapMs.
struct Run {
  std::int64_t start_ms = 0;
  std::int64_t last_ms = 0;
  std::int64_t outcome = 0;

  bool operator==(const Run&) const = default;
};

inline constexpr std::int64_t kRunGapMs = 10 * 60'000;
inline constexpr std::size_t kMaxRuns = 32;  // of a series in a segment; who flaps more is unclear

// Adds a run (or one result: start = last) that came after the others. False where it is not clear
// what the runs then are, since it lies among others with another outcome; they are of no use then.
bool AppendRun(std::vector<Run>& runs, const Run& run);

// Runs of many series as one blob.
class RunsWriter {
 public:
  // Series ascending; no runs: unclear, to be seen from the results alone.
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
