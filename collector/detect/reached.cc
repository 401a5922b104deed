#include "collector/detect/reached.h"

#include <algorithm>
#include <cstdlib>

#include "collector/detect/sighting.h"

namespace relaywatch::collector::detect {

void Reached::Note(std::uint32_t agent, std::uint32_t key, std::int64_t time_ms) {
  if (agent >= agents_.size()) agents_.resize(agent + 1);
  auto& [latest, other] = agents_[agent];
  if (latest.key != key) std::swap(latest, other);
  latest = {key, time_ms};
}

bool Reached::OtherThan(std::uint32_t agent, std::uint32_t key, std::int64_t time_ms) const {
  if (agent >= agents_.size()) return false;
  const auto& answered = agents_[agent];
  return std::any_of(answered.begin(), answered.end(), [&](const Answered& one) {
    return one.time_ms != 0 && one.key != key && std::abs(one.time_ms - time_ms) <= kMinuteMs;
  });
}

}  // namespace relaywatch::collector::detect
