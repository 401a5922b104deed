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

// Adds the buckets of a row up to those that are asked for.
class Gatherer {
 public:
  Gatherer(Level level, std::int64_t id, const BucketRange& range)
      : series_(SeriesOf(id)),
        start_ms_(PeriodStartMs(level, id)),
        width_ms_(WidthMs(level)),
        range_(range),
        places_(static_cast<std::size_t>(PeriodMs(level) / width_ms_)) {}

  absl::Status TakeCounts(std::string_view counts);
  absl::Status TakeSketches(std::string_view sketches);
  std::vector<Bucket> Buckets();

 private:
  // One bucket of the level.
  struct Place {
    bool has_results = false;
    Bucket* sum = nullptr;  // what it is added to; null: not asked for
  };
  bool TakeRun(const nlohmann::json& run);
  void Count(std::size_t index, std::int64_t outcome, std::uint32_t times);
  Bucket* SumAt(std::size_t index);

  const std::int64_t series_;
  const std::int64_t start_ms_;
  const std::int64_t width_ms_;
  const BucketRange& range_;
  std::vector<Place> places_;
  std::map<std::int64_t, Bucket> sums_;  // by start
};

absl::Status Gatherer::TakeCounts(std::string_view counts) {
  const auto json = nlohmann::json::parse(counts, nullptr, false);
  if (!json.is_array()) return Damaged("its counts are no JSON");
  for (const auto& run : json) {
    if (!TakeRun(run)) return Damaged("a run of its counts");
  }
  return absl::OkStatus();
}

bool Gatherer::TakeRun(const nlohmann::json& run) {
  const bool sound = run.is_array() && run.size() == 3 &&
                     IsCount(run[0], std::numeric_limits<std::int64_t>::max()) &&
                     IsCount(run[1], places_.size()) && run[2].is_array() &&
                     run[2].size() <= places_.size() - run[1].get<std::size_t>();
  if (!sound) return false;
  const auto outcome = run[0].get<std::int64_t>();
  auto index = run[1].get<std::size_t>();
  for (const auto& count : run[2]) {
    if (!IsCount(count, std::numeric_limits<std::uint32_t>::max())) return false;
    Count(index++, outcome, count.get<std::uint32_t>());
  }
  return true;
}

void Gatherer::Count(std::size_t index, std::int64_t outcome, std::uint32_t times) {
  if (times == 0) return;
  Place& place = places_[index];
  if (!place.has_results) place = {true, SumAt(index)};
  if (place.sum != nullptr) place.sum->Count(outcome, times);
}

Bucket* Gatherer::SumAt(std::size_t index) {
  const std::int64_t at_ms = start_ms_ + static_cast<std::int64_t>(index) * width_ms_;
  if (at_ms < FloorTo(range_.since_ms, width_ms_) || at_ms >= range_.until_ms) return nullptr;
  Bucket& sum = sums_[FloorTo(at_ms, range_.step_ms)];
  sum.series = series_;
  return &sum;
}

absl::Status Gatherer::TakeSketches(std::string_view sketches) {
  std::erase_if(places_, [](const Place& place) { return !place.has_results; });
  StageSketch unwanted;
  for (std::size_t stage = 0; stage < kStageCount; ++stage) {
    for (const Place& place : places_) {
      StageSketch& sketch = place.sum != nullptr ? place.sum->stages[stage] : unwanted;
      if (!sketch.AddFrom(sketches)) return Damaged("a sketch");
    }
  }
  return sketches.empty() ? absl::OkStatus() : Damaged("more sketches than buckets");
}

std::vector<Bucket> Gatherer::Buckets() {
  std::vector<Bucket> buckets;
  buckets.reserve(sums_.size());
  for (auto& [start_ms, sum] : sums_) {
    sum.start_ms = start_ms;
    buckets.push_back(std::move(sum));
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

absl::StatusOr<std::vector<Bucket>> DecodeRollup(Level level, std::int64_t id,
                                                 const BucketRange& range, std::string_view counts,
                                                 std::string_view stages) {
  Gatherer gatherer(level, id, range);
  if (auto taken = gatherer.TakeCounts(counts); !taken.ok()) return taken;
  const auto sketches = Inflated(stages);
  if (!sketches.ok()) return sketches.status();
  if (auto taken = gatherer.TakeSketches(*sketches); !taken.ok()) return taken;
  return gatherer.Buckets();
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
