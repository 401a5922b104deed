// Damping of notifications, as routers damp routes (RFC 2439): a key that keeps changing is told of
// until it has changed too often in too short a time, then kept quiet until it has calmed down.
// Only telling is damped: every change is recorded. Confined to one thread; knows no clock.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "collector/detect/change.h"

namespace relaywatch::collector::detect {

class Damping {
 public:
  // A change of this key; false where nobody should be told.
  bool Tell(KeyId key, std::int64_t now_ms);
  bool IsSuppressed(KeyId key, std::int64_t now_ms) const;
  // The keys that may be told of again since the last call: what is in force there now is worth a
  // word, since the last changes were not told.
  std::vector<KeyId> Release(std::int64_t now_ms);
  // All that are kept quiet, for the clock of what is remembered no longer holds.
  std::vector<KeyId> ReleaseAll();

 private:
  struct State {
    double penalty = 0;
    std::int64_t at_ms = 0;
    bool is_suppressed = false;
    std::int64_t suppressed_since_ms = 0;
  };

  static double PenaltyAt(const State& state, std::int64_t now_ms);
  static bool IsOver(const State& state, std::int64_t now_ms);

  std::map<KeyId, State> states_;  // of keys that changed lately
};

}  // namespace relaywatch::collector::detect
