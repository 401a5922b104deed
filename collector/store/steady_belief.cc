#include "collector/store/steady_belief.h"

#include <algorithm>

namespace relaywatch::collector {
namespace {

constexpr std::int64_t kFaster = 24;
// Between two looks more than this did not pass: the clock jumped, or nobody looked.
constexpr std::int64_t kLongestMs = 60'000;

}  // namespace

std::int64_t SteadyBelief::Look(std::int64_t now_ms) {
  const std::int64_t passed =
      last_look_ms_ == 0 ? 0 : std::clamp<std::int64_t>(now_ms - last_look_ms_, 0, kLongestMs);
  last_look_ms_ = now_ms;
  belief_ms_ = belief_ms_ == 0 ? now_ms : std::min(now_ms, belief_ms_ + kFaster * passed);
  return belief_ms_;
}

}  // namespace relaywatch::collector
