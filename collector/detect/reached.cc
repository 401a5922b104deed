#include "collector/detect/reached.h"

#include <algorithm>

namespace relaywatch::collector::detect {

void Reached::Note(std::uint32_t agent, std::uint32_t key, std::int64_t time_ms) {
  if (agent >= agents_.size()) agents_.resize(agent + 1);
  Latest& latest = agents_[agent];
  const std::size_t size = latest.answered.size();
  const Answered& last = latest.answered[(latest.next + size - 1) % size];
  if (last.key == key && last.time_ms != 0 && time_ms - last.time_ms < kGrainMs) return;
  const Answered& last_but_one = latest.answered[(latest.next + size - 2) % size];
  const bool is_crowded = last_but_one.time_ms != 0 && time_ms - last_but_one.time_ms < kGrainMs &&
                          time_ms - last.time_ms < kGrainMs;
  if (is_crowded) return;
  latest.answered[latest.next] = {key, time_ms};
  latest.next = (latest.next + 1) % size;
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
