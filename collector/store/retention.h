// How long what is kept: every result, then their sums of five minutes, then those of an hour.
#pragma once

#include <chrono>

namespace relaywatch::collector {

struct Retention {
  std::chrono::milliseconds raw{std::chrono::hours(24 * 14)};           // a day at a time
  std::chrono::milliseconds five_minutes{std::chrono::hours(24 * 90)};  // a week at a time
  std::chrono::milliseconds hours{std::chrono::hours(24 * 730)};

  bool operator==(const Retention&) const = default;
};

}  // namespace relaywatch::collector
