#include "collector/detect/reached.h"

#include <algorithm>

namespace relaywatch::collector::detect {

void Reached::Note(std::uint32_t agent, std::uint32_t key, std::int64_t time_ms) {
  if (agent >= agents_.size()) agents_.resize(agent + 1);
  Latest& latest = agents_[agent];
  latest.answered[latest.next] = {key, time_ms};
  latest.next = (latest.next + 1) % latest.answered.size();
}

std::optional<std::uint32_t> Reached::OtherThan(std::uint32_t agent, std::uint32_t key,
                                                std::int64_t from_ms, std::int64_t to_ms) const {
  if (agent >= agents_.size()) return std::nullopt;
  const auto& answered = agents_[agent].answered;
  const auto* it = std::find_if(answered.begin(), answered.end(), [&](const Answered& one) {
    return one.time_ms != 0 && one.key != key && one.time_ms >= from_ms && one.time_ms <= to_ms;
  });
  if (it == answered.end()) return std::nullopt;
  return it->key;
}

}  // namespace relaywatch::collector::detect
