#include "collector/store/rollup_codec.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/store/rollup_period.h"
#include "collector/store/varint.h"

namespace relaywatch::collector {
namespace {

// An outcome that is away for longer begins a new run instead of being counted 0 times.
constexpr std::int64_t kLongestPause = 8;
// A step of maintenance has some of them to do: a tenth larger, three times as fast.
constexpr int kEffort = 3;
// Of a period's sketches: far above what can be, far below what hurts.
constexpr std::uint64_t kMaxSketchBytes = 16 * 1024 * 1024;

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(fmt::format("a roll-up is damaged: {}", what));
}

// The buckets in which one outcome came, as runs.
struct Run {
  std::int64_t first = 0;
  std::vector<std::uint32_t> counts;
};

std::string CountsJson(const std::map<std::int64_t, std::vector<Run>>& runs) {
  std::string json = "[";
  for (const auto& [outcome, of_outcome] : runs) {
    for (const Run& run : of_outcome) {
      json += fmt::format("{}[{},{},[{}]]", json.size() > 1 ? "," : "", outcome, run.first,
                          fmt::join(run.counts, ","));
    }
  }
  return json + "]";
}

std::string EncodeCounts(Level level, std::int64_t start_ms, std::span<const Bucket> buckets) {
  std::map<std::int64_t, std::vector<Run>> runs;
  for (const Bucket& bucket : buckets) {
    const std::int64_t index = (bucket.start_ms - start_ms) / WidthMs(level);
    for (const OutcomeCount& each : bucket.outcomes) {
      std::vector<Run>& of_outcome = runs[each.outcome];
      const auto end = [&] {
        return of_outcome.back().first + static_cast<std::int64_t>(of_outcome.back().counts.size());
      };
      if (of_outcome.empty() || index - end() > kLongestPause) of_outcome.push_back({index, {}});
      of_outcome.back().counts.resize(static_cast<std::size_t>(index - of_outcome.back().first));
      of_outcome.back().counts.push_back(each.count);
    }
  }
  return CountsJson(runs);
}

std::string Deflated(const std::string& bytes) {
  std::string out;
  AppendVarint(bytes.size(), out);
  const std::size_t head = out.size();
  uLongf size = compressBound(bytes.size());
  out.resize(head + size);
  compress2(reinterpret_cast<Bytef*>(out.data() + head), &size,
            reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), kEffort);
  out.resize(head + size);
  return out;
}

absl::StatusOr<std::string> Inflated(std::string_view bytes) {
  const auto length = TakeVarint(bytes);
  if (!length || *length > kMaxSketchBytes) return Damaged("the length of its sketches");
  std::string out(*length, '\0');
  uLongf size = out.size();
  const int result = uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (result != Z_OK || size != out.size()) return Damaged("its sketches do not inflate");
  return out;
}

bool IsCount(const nlohmann::json& value, std::uint64_t max) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() <= max;
}

// Buckets by their index, with counts and no sketches yet.
absl::StatusOr<std::map<std::int64_t, Bucket>> DecodeCounts(std::uint64_t buckets_of_period,
                                                            std::string_view counts) {
  const auto json = nlohmann::json::parse(counts, nullptr, false);
  if (!json.is_array()) return Damaged("its counts are no JSON");
  std::map<std::int64_t, Bucket> buckets;
  for (const auto& run : json) {
    const bool sound = run.is_array() && run.size() == 3 &&
                       IsCount(run[0], std::numeric_limits<std::int64_t>::max()) &&
                       IsCount(run[1], buckets_of_period) && run[2].is_array() &&
                       run[2].size() <= buckets_of_period - run[1].get<std::uint64_t>();
    if (!sound) return Damaged("a run of its counts");
    auto index = run[1].get<std::int64_t>();
    for (const auto& count : run[2]) {
      if (!IsCount(count, std::numeric_limits<std::uint32_t>::max())) return Damaged("a count");
      const auto times = count.get<std::uint32_t>();
      if (times > 0) buckets[index].Count(run[0].get<std::int64_t>(), times);
      ++index;
    }
  }
  return buckets;
}

}  // namespace

RollupRow EncodeRollup(Level level, std::int64_t period_start_ms, std::span<const Bucket> buckets) {
  std::string sketches;
  for (std::size_t stage = 0; stage < kStageCount; ++stage) {
    for (const Bucket& bucket : buckets) bucket.stages[stage].AppendTo(sketches);
  }
  return {EncodeCounts(level, period_start_ms, buckets), Deflated(sketches)};
}

absl::StatusOr<std::vector<Bucket>> DecodeRollup(Level level, std::int64_t series,
                                                 std::int64_t period_start_ms,
                                                 std::string_view counts, std::string_view stages) {
  auto by_index =
      DecodeCounts(static_cast<std::uint64_t>(PeriodMs(level) / WidthMs(level)), counts);
  if (!by_index.ok()) return by_index.status();
  const auto sketches = Inflated(stages);
  if (!sketches.ok()) return sketches.status();
  std::vector<Bucket> buckets;
  for (auto& [index, bucket] : *by_index) {
    bucket.series = series;
    bucket.start_ms = period_start_ms + index * WidthMs(level);
    buckets.push_back(std::move(bucket));
  }
  std::string_view rest = *sketches;
  for (std::size_t stage = 0; stage < kStageCount; ++stage) {
    for (Bucket& bucket : buckets) {
      if (!bucket.stages[stage].TakeFrom(rest)) return Damaged("a sketch");
    }
  }
  if (!rest.empty()) return Damaged("more sketches than buckets");
  return buckets;
}

void MergeBuckets(std::span<const Bucket> more, std::vector<Bucket>& buckets) {
  for (const Bucket& each : more) {
    const auto place = std::lower_bound(
        buckets.begin(), buckets.end(), each.start_ms,
        [](const Bucket& bucket, std::int64_t start_ms) { return bucket.start_ms < start_ms; });
    if (place != buckets.end() && place->start_ms == each.start_ms) {
      place->Merge(each);
    } else {
      buckets.insert(place, each);
    }
  }
}

}  // namespace relaywatch::collector
