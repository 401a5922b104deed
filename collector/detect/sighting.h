// One answer on its way to a verdict about a key: which rule which agent saw when.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/detect/rule.h"

namespace relaywatch::collector::detect {

inline constexpr std::int64_t kSecondMs = 1'000;
inline constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
inline constexpr std::int64_t kHourMs = 60 * kMinuteMs;

// Times are the start of the probe, milliseconds since the Unix epoch.
struct Vote {
  std::uint32_t agent = 0;
  std::int64_t time_ms = 0;
  std::int64_t outcome = 0;
};

struct Sighting {
  Vote vote;
  const Rule& rule;
  // A blocked port is told from loss by repetition: the failures of this agent that came before it
  // and count with it. Empty for everything else.
  const std::vector<Vote>* failures = nullptr;
};

}  // namespace relaywatch::collector::detect
