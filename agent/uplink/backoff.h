// How long to wait before the next try, so that a fleet that lost its collector at one moment does
// not come back at one moment: the first wait is U(0, W) with W told by the collector, each further
// one U(0, min(300 s, W doubled each time)) ("full jitter"). A stream that stood for 60 s begins
// the count anew. Pure; confined to one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace relaywatch::agent {

class Backoff {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds kDefaultSpread{5'000};
  static constexpr std::chrono::milliseconds kMinSpread{1'000};
  static constexpr std::chrono::milliseconds kMaxWait{300'000};
  static constexpr std::chrono::milliseconds kProven{60'000};

  // `uniform` draws from [0, 1).
  explicit Backoff(std::function<double()> uniform) : uniform_(std::move(uniform)) {}

  // W, as the collector tells it; kept within kMinSpread and kMaxWait.
  void SetSpread(std::chrono::milliseconds spread);

  // The collector has welcomed us.
  void Established(Time now) { established_ = now; }

  // The stream ended, or the try failed: how long to wait now.
  std::chrono::milliseconds Next(Time now);

  // For ends that are no failure: U(0, W), nothing counted.
  std::chrono::milliseconds Spread();

 private:
  std::chrono::milliseconds Draw(std::chrono::milliseconds bound);

  std::function<double()> uniform_;
  std::chrono::milliseconds spread_ = kDefaultSpread;
  std::optional<Time> established_;
  int failures_ = 0;
};

}  // namespace relaywatch::agent
