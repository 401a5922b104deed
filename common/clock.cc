#include "common/clock.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <time.h>

#include <fstream>
#include <string>

namespace relaywatch {
namespace {

std::int64_t Milliseconds(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

Instant SystemClock::Now() const {
  return {.wall_ms = Milliseconds(CLOCK_REALTIME), .boot_ms = Milliseconds(CLOCK_BOOTTIME)};
}

std::chrono::steady_clock::time_point SystemClock::Steady() const {
  return std::chrono::steady_clock::now();
}

std::uint64_t BootId() {
  std::string text;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> text;
  if (text.empty()) return 0;
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a: stable across builds, unlike std::hash
  for (const unsigned char c : text) hash = (hash ^ c) * 1099511628211ULL;
  return hash;
}

std::string FormatRfc3339(std::int64_t wall_ms) {
  const std::int64_t seconds = wall_ms >= 0 ? wall_ms / 1000 : (wall_ms - 999) / 1000;
  std::tm utc{};
  const time_t time = seconds;
  gmtime_r(&time, &utc);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", utc, wall_ms - seconds * 1000);
}

}  // namespace relaywatch
