// What a series showed within a span of time, added up: how often each outcome, and how long each
// stage took. Counts hang on outcomes and never on verdicts, so that the past can be judged again
// (join with `judgement`). Results that do not vote (moved, captive portal) are left out.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "collector/store/rows.h"
#include "collector/store/stage_sketch.h"

namespace relaywatch::collector {

struct OutcomeCount {
  std::int64_t outcome = 0;
  std::uint32_t count = 0;
  bool operator==(const OutcomeCount&) const = default;
};

struct Bucket {
  std::int64_t series = 0;
  std::int64_t start_ms = 0;           // a multiple of its width, milliseconds since the Unix epoch
  std::vector<OutcomeCount> outcomes;  // by outcome, none of them 0
  std::array<StageSketch, kStageCount> stages;  // by StageIndex

  void Add(const ResultRow& row);  // one that votes, of this series and this span
  void Merge(const Bucket& other);
  void Count(std::int64_t outcome, std::uint32_t count);
  // To an empty one; keeps the memory.
  void Restart(std::int64_t of_series, std::int64_t at_ms);
  bool empty() const { return outcomes.empty(); }
  bool operator==(const Bucket&) const = default;
};

constexpr bool Votes(const ResultRow& row) { return (row.flags & (kMoved | kPortal)) == 0; }

// How finely the past is kept, the finest first.
enum class Level { kRaw, kFiveMinutes, kHour };

// "raw", "five_minutes", "hours": as in the configuration and in SQL.
constexpr std::string_view Label(Level level) {
  switch (level) {
    case Level::kRaw:
      return "raw";
    case Level::kFiveMinutes:
      return "five_minutes";
    case Level::kHour:
      return "hours";
  }
  return "unknown";
}

// The narrowest bucket that a level has.
constexpr std::int64_t WidthMs(Level level) {
  switch (level) {
    case Level::kRaw:
      return 1;
    case Level::kFiveMinutes:
      return 300'000;
    case Level::kHour:
      return 3'600'000;
  }
  return 1;
}

struct BucketRange {
  std::vector<std::int64_t> series;                                  // empty: all
  std::int64_t since_ms = 0;                                         // start of the probe
  std::int64_t until_ms = std::numeric_limits<std::int64_t>::max();  // not included
  std::int64_t step_ms = 300'000;  // the width of a bucket; rounded up to whole ones of the level
};

// The largest multiple of `step` that is not above `value`.
constexpr std::int64_t FloorTo(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

}  // namespace relaywatch::collector
