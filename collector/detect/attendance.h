// Which agents look at a key nowadays, and how often each failed to connect in a row (of the
// failures that count: detector.cc). Sixteen are enough for a quorum; a larger crowd is not
// remembered, though everybody's votes count. Confined to its detector's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "collector/detect/sighting.h"

namespace relaywatch::collector::detect {

class Attendance {
 public:
  // Whoever was not heard for this long is away.
  explicit Attendance(std::int64_t interval_ms) { SetInterval(interval_ms); }
  void SetInterval(std::int64_t interval_ms) {
    interval_ms_ = interval_ms;
    away_ms_ = 3 * interval_ms + kMinuteMs;
  }

  // The agent got an answer.
  void Spoke(std::uint32_t agent, std::int64_t time_ms);
  // It got none; returns its failures in a row, this one included, or nullptr where it is one of a
  // crowd.
  const std::vector<Vote>* Failed(const Vote& vote);

  // Its failures say something: it is here.
  void Heard(std::uint32_t agent, std::int64_t time_ms);

  std::size_t Present(std::int64_t now_ms) const;
  // Whom to ask, the latest heard first: `first`, then others, at most `most`.
  std::vector<std::uint32_t> Choose(std::uint32_t first, std::size_t most,
                                    std::int64_t now_ms) const;
  std::int64_t last_spoke_ms() const { return last_spoke_ms_; }
  std::int64_t interval_ms() const { return interval_ms_; }

 private:
  struct Seat {
    std::uint32_t agent = 0;
    std::int64_t heard_ms = 0;
    std::vector<Vote> failures;
  };

  Seat* Find(std::uint32_t agent, std::int64_t time_ms);

  std::vector<Seat> seats_;
  std::int64_t away_ms_ = 0;
  std::int64_t interval_ms_ = 0;
  std::int64_t last_spoke_ms_ = 0;
};

}  // namespace relaywatch::collector::detect
