// The seam for time. Durations and deadlines use the steady clock; the wall clock is payload.
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace relaywatch {

struct Instant {
  std::int64_t wall_ms = 0;  // milliseconds since the epoch
  std::int64_t boot_ms = 0;  // CLOCK_BOOTTIME: runs on through suspend, never steps
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
  virtual std::chrono::steady_clock::time_point Steady() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Instant Now() const override;
  std::chrono::steady_clock::time_point Steady() const override;
};

// /proc/sys/kernel/random/boot_id, hashed; 0 where the system does not tell it.
std::uint64_t BootId();

// "2026-11-22T22:46:03.120Z" (RFC 3339, UTC, milliseconds).
std::string FormatRfc3339(std::int64_t wall_ms);

}  // namespace relaywatch
