// How rolled up buckets are laid out: a row of a level holds one period of one series, and its
// rowid says which: series << 20 | period.
#pragma once

#include <cstdint>

#include "collector/store/bucket.h"

namespace relaywatch::collector {

inline constexpr int kPeriodBits = 20;

// A day of five minutes, a week of hours.
constexpr std::int64_t PeriodMs(Level level) {
  return level == Level::kFiveMinutes ? std::int64_t{86'400'000} : std::int64_t{604'800'000};
}

constexpr const char* TableOf(Level level) {
  return level == Level::kFiveMinutes ? "five_minutes" : "hours";
}

// Times before 1970 (a wrong clock's) fall into the first period.
constexpr std::int64_t PeriodOf(Level level, std::int64_t time_ms) {
  const std::int64_t period = time_ms < 0 ? 0 : time_ms / PeriodMs(level);
  const std::int64_t last = (std::int64_t{1} << kPeriodBits) - 1;
  return period < last ? period : last;
}

constexpr std::int64_t RollupId(std::int64_t series, std::int64_t period) {
  return (series << kPeriodBits) | period;
}
constexpr std::int64_t SeriesOf(std::int64_t id) { return id >> kPeriodBits; }
constexpr std::int64_t PeriodStartMs(Level level, std::int64_t id) {
  return (id & ((std::int64_t{1} << kPeriodBits) - 1)) * PeriodMs(level);
}

}  // namespace relaywatch::collector
