#include "collector/store/runs.h"

#include <algorithm>

#include "collector/store/varint.h"

namespace relaywatch::collector {
namespace {

// Far behind every time that a peer may tell, so that sums do not overflow.
constexpr std::int64_t kTimeLimit = std::int64_t{1} << 60;

// The sign last, so that small numbers below 0 need few bytes, too (protobuf's "zigzag").
void AppendSigned(std::int64_t value, std::string& blob) {
  const auto bits = static_cast<std::uint64_t>(value);
  AppendVarint((bits << 1) ^ static_cast<std::uint64_t>(value >> 63), blob);
}
constexpr std::uint64_t WithSignFirst(std::uint64_t bits) { return (bits >> 1) ^ (0 - (bits & 1)); }

// A start is told from the last of the run before, of whatever series: they are close.
bool TakeRun(std::string_view& blob, std::int64_t& before, Run& run) {
  const auto start = TakeVarint(blob);
  const auto length = TakeVarint(blob);
  const auto outcome = TakeVarint(blob);
  if (!start || !length || !outcome) return false;
  const std::uint64_t start_ms = static_cast<std::uint64_t>(before) + WithSignFirst(*start);
  run.start_ms = static_cast<std::int64_t>(start_ms);
  run.last_ms = static_cast<std::int64_t>(start_ms + *length);
  run.outcome = static_cast<std::int64_t>(*outcome);
  before = run.last_ms;
  return run.start_ms >= 0 && run.last_ms >= run.start_ms && run.last_ms < kTimeLimit;
}

bool TakeSeries(std::string_view& blob, std::int64_t& before, std::vector<Run>& runs) {
  const auto count = TakeVarint(blob);
  if (!count || *count > blob.size() / 3) return false;  // a run takes three bytes or more
  runs.resize(*count);
  return std::ranges::all_of(runs, [&](Run& run) { return TakeRun(blob, before, run); });
}

}  // namespace

void AppendRun(std::vector<Run>& runs, const Run& run) {
  if (runs.empty() || run.outcome != runs.back().outcome) return runs.push_back(run);
  Run& last = runs.back();
  const bool near =
      run.start_ms <= last.last_ms + kRunGapMs && run.last_ms >= last.start_ms - kRunGapMs;
  const bool alone = runs.size() == 1 || run.start_ms > runs[runs.size() - 2].last_ms;
  if (!near || (run.start_ms < last.start_ms && !alone)) return runs.push_back(run);
  last.start_ms = std::min(last.start_ms, run.start_ms);
  last.last_ms = std::max(last.last_ms, run.last_ms);
}

void RunsWriter::Add(std::int64_t series, std::span<const Run> runs) {
  AppendVarint(static_cast<std::uint64_t>(series - series_), blob_);
  series_ = series;
  AppendVarint(runs.size(), blob_);
  for (const Run& run : runs) {
    AppendSigned(run.start_ms - before_ms_, blob_);
    AppendVarint(static_cast<std::uint64_t>(run.last_ms - run.start_ms), blob_);
    AppendVarint(static_cast<std::uint64_t>(run.outcome), blob_);
    before_ms_ = run.last_ms;
  }
}

absl::Status ReadRuns(
    std::string_view blob,
    absl::FunctionRef<void(std::int64_t series, std::span<const Run> runs)> visit) {
  std::vector<Run> runs;
  std::int64_t series = 0;
  std::int64_t before = 0;
  while (!blob.empty()) {
    const auto ahead = TakeVarint(blob);
    if (!ahead || *ahead > INT32_MAX || !TakeSeries(blob, before, runs)) {
      return absl::DataLossError("the states of a segment are damaged");
    }
    series += static_cast<std::int64_t>(*ahead);
    visit(series, runs);
  }
  return absl::OkStatus();
}

}  // namespace relaywatch::collector
