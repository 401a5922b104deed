// The scale on which history keeps stage timings: 4,096 values between 1 µs and 73 s, each 0.33 %
// above the one before, exact below 455 µs and never more than 0.25 % off up to its end. A timing
// is then one word of 12 bits; longer ones (no stage may take that long) become the last value.
// Table `word` holds the same scale for SQL. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace relaywatch::collector {

inline constexpr std::size_t kWordValues = 4096;

// Word 0: the stage did not run.
constexpr std::array<std::uint32_t, kWordValues> MakeTimingScale() {
  std::array<std::uint32_t, kWordValues> scale{};
  for (std::size_t word = 1; word < scale.size(); ++word) {
    const std::uint64_t before = scale[word - 1];
    const std::uint64_t step = (before * 33 + 5000) / 10000;
    scale[word] = static_cast<std::uint32_t>(before + (step == 0 ? 1 : step));
  }
  return scale;
}
inline constexpr auto kTimingScale = MakeTimingScale();

constexpr std::uint32_t TimingOf(std::uint16_t word) { return kTimingScale[word % kWordValues]; }

// The nearest.
std::uint16_t TimingWord(std::uint32_t us);

}  // namespace relaywatch::collector
