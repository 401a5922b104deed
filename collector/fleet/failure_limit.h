// How many failures a second are worth words. Beyond it strangers are only told to go slower:
// nothing is logged and nothing written. What succeeds is never held up. Thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

namespace relaywatch::collector {

class FailureLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr double kPerSecond = 10;
  static constexpr double kBurst = 20;

  // False: over the limit.
  bool Allow(Time now) {
    const std::lock_guard lock(mutex_);
    const std::chrono::duration<double> passed = now - last_;
    if (passed.count() > 0) {
      left_ = std::min(kBurst, left_ + passed.count() * kPerSecond);
      last_ = now;
    }
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  std::mutex mutex_;
  double left_ = kBurst;
  Time last_{};
};

}  // namespace relaywatch::collector
