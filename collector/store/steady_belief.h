// What time retention believes it is. A wall clock that jumps (a dead battery, a wrong time server)
// must not make the store forget everything at once, so belief follows the clock as it runs, and
// makes up for a difference, be it a jump or a week of standing still, at most a day an hour.
// Backwards it follows at once: that keeps longer. Thread-compatible.
#pragma once

#include <cstdint>

namespace relaywatch::collector {

class SteadyBelief {
 public:
  // 0: nothing is believed yet; then the first look is.
  explicit SteadyBelief(std::int64_t belief_ms) : belief_ms_(belief_ms) {}

  // To be told the wall clock often, at least every minute.
  std::int64_t Look(std::int64_t now_ms);
  std::int64_t belief_ms() const { return belief_ms_; }

 private:
  std::int64_t belief_ms_;
  std::int64_t last_look_ms_ = 0;
};

}  // namespace relaywatch::collector
