#include "collector/detect/damping.h"

#include <cmath>

#include "collector/detect/sighting.h"

namespace relaywatch::collector::detect {
namespace {

constexpr double kPerChange = 1000;
constexpr double kSuppress = 3000;
constexpr double kReuse = 750;
constexpr double kHalfLifeMs = 30 * kMinuteMs;
constexpr std::int64_t kMostMs = 4 * kHourMs;
constexpr double kForget = 1;

}  // namespace

double Damping::PenaltyAt(const State& state, std::int64_t now_ms) {
  return state.penalty * std::exp2(-static_cast<double>(now_ms - state.at_ms) / kHalfLifeMs);
}

bool Damping::IsOver(const State& state, std::int64_t now_ms) {
  return PenaltyAt(state, now_ms) <= kReuse || now_ms - state.suppressed_since_ms >= kMostMs;
}

bool Damping::Tell(KeyId key, std::int64_t now_ms) {
  State& state = states_[key];
  if (state.is_suppressed && IsOver(state, now_ms)) state = {};
  state.penalty = PenaltyAt(state, now_ms) + kPerChange;
  state.at_ms = now_ms;
  if (!state.is_suppressed && state.penalty >= kSuppress) {
    state.is_suppressed = true;
    state.suppressed_since_ms = now_ms;
  }
  return !state.is_suppressed;
}

bool Damping::IsSuppressed(KeyId key, std::int64_t now_ms) const {
  const auto it = states_.find(key);
  return it != states_.end() && it->second.is_suppressed && !IsOver(it->second, now_ms);
}

std::vector<KeyId> Damping::Release(std::int64_t now_ms) {
  std::vector<KeyId> released;
  std::erase_if(states_, [&](const auto& entry) {
    const auto& [key, state] = entry;
    if (!state.is_suppressed) return PenaltyAt(state, now_ms) < kForget;
    if (!IsOver(state, now_ms)) return false;
    released.push_back(key);
    return true;
  });
  return released;
}

std::vector<KeyId> Damping::ReleaseAll() {
  std::vector<KeyId> released;
  for (const auto& [key, state] : states_) {
    if (state.is_suppressed) released.push_back(key);
  }
  states_.clear();
  return released;
}

}  // namespace relaywatch::collector::detect
