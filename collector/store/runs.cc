#include "collector/store/runs.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>

namespace relaywatch::collector {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

// Far behind every time that a peer may tell, so that sums do not overflow.
constexpr std::int64_t kTimeLimit = std::int64_t{1} << 60;

void Put(std::uint64_t value, std::string& blob) {
  std::uint8_t bytes[10];
  const std::uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, bytes);
  blob.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(end - bytes));
}

void PutSigned(std::int64_t value, std::string& blob) {
  Put(WireFormatLite::ZigZagEncode64(value), blob);
}

// A start is told from the last of the run before, of whatever series: they are close.
bool ReadRun(CodedInputStream& stream, std::int64_t& before, Run& run) {
  std::uint64_t start = 0;
  std::uint64_t length = 0;
  std::uint64_t outcome = 0;
  if (!stream.ReadVarint64(&start) || !stream.ReadVarint64(&length) ||
      !stream.ReadVarint64(&outcome)) {
    return false;
  }
  const auto delta = static_cast<std::uint64_t>(WireFormatLite::ZigZagDecode64(start));
  run.start_ms = static_cast<std::int64_t>(static_cast<std::uint64_t>(before) + delta);
  run.last_ms = static_cast<std::int64_t>(static_cast<std::uint64_t>(run.start_ms) + length);
  run.outcome = static_cast<std::int64_t>(outcome);
  before = run.last_ms;
  return run.start_ms >= 0 && run.last_ms >= run.start_ms && run.last_ms < kTimeLimit;
}

bool ReadSeries(CodedInputStream& stream, std::size_t bytes, std::int64_t& before,
                std::vector<Run>& runs) {
  std::uint64_t count = 0;
  if (!stream.ReadVarint64(&count) || count > bytes) return false;  // a run takes bytes
  runs.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    Run run;
    if (!ReadRun(stream, before, run)) return false;
    runs.push_back(run);
  }
  return true;
}

}  // namespace

bool AppendRun(std::vector<Run>& runs, const Run& run) {
  if (runs.empty() || run.start_ms > runs.back().last_ms + kRunGapMs) {
    runs.push_back(run);
    return true;
  }
  Run& last = runs.back();
  if (run.outcome != last.outcome) {
    if (run.start_ms <= last.last_ms) return false;
    runs.push_back(run);
    return true;
  }
  if (run.start_ms < last.start_ms) {
    if (run.last_ms < last.start_ms - kRunGapMs) return false;
    if (runs.size() > 1 && run.start_ms <= runs[runs.size() - 2].last_ms) return false;
    last.start_ms = run.start_ms;
  }
  last.last_ms = std::max(last.last_ms, run.last_ms);
  return true;
}

void RunsWriter::Add(std::int64_t series, std::span<const Run> runs) {
  Put(static_cast<std::uint64_t>(series - series_), blob_);
  series_ = series;
  Put(runs.size(), blob_);
  for (const Run& run : runs) {
    PutSigned(run.start_ms - before_ms_, blob_);
    Put(static_cast<std::uint64_t>(run.last_ms - run.start_ms), blob_);
    Put(static_cast<std::uint64_t>(run.outcome), blob_);
    before_ms_ = run.last_ms;
  }
}

absl::Status ReadRuns(
    std::string_view blob,
    absl::FunctionRef<void(std::int64_t series, std::span<const Run> runs)> visit) {
  CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(blob.data()),
                          static_cast<int>(blob.size()));
  std::vector<Run> runs;
  std::int64_t series = 0;
  std::int64_t before = 0;
  while (stream.CurrentPosition() < static_cast<int>(blob.size())) {
    std::uint64_t ahead = 0;
    if (!stream.ReadVarint64(&ahead) || ahead > INT32_MAX ||
        !ReadSeries(stream, blob.size(), before, runs)) {
      return absl::DataLossError("the states of a segment are damaged");
    }
    series += static_cast<std::int64_t>(ahead);
    visit(series, runs);
  }
  return absl::OkStatus();
}

}  // namespace relaywatch::collector
