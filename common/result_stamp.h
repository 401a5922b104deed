// What tells a result from another one under the same number, in eight bytes: the agent and the
// collector compare it where a copy of a running agent may have gone on with its numbers.
// Pure; thread-safe. FNV-1a, stable across builds.
#pragma once

#include <cstdint>

#include "relaywatch/v1/session.pb.h"

namespace relaywatch {

// Never 0.
inline std::uint64_t ResultStamp(const v1::Result& result) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto add = [&hash](std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ ((value >> shift) & 0xff)) * 1099511628211ULL;
    }
  };
  add(static_cast<std::uint64_t>(result.wall_ms()));
  add(static_cast<std::uint64_t>(result.boot_ms()));
  for (const std::uint32_t us : result.stage_us()) add(us);
  return hash == 0 ? 1 : hash;
}

}  // namespace relaywatch
