#include "collector/store/timing_scale.h"

#include <algorithm>

namespace relaywatch::collector {
namespace {

// Most timings are shorter than this and need one look instead of twelve.
constexpr std::size_t kShort = 1 << 16;

std::uint16_t Search(std::uint32_t us) {
  const auto above = std::lower_bound(kTimingScale.begin(), kTimingScale.end(), us);
  if (above == kTimingScale.end()) return kWordValues - 1;
  const auto word = static_cast<std::uint16_t>(above - kTimingScale.begin());
  if (word < 2) return word;  // one microsecond is not nearly none
  return us - kTimingScale[word - 1] < *above - us ? word - 1 : word;
}

std::array<std::uint16_t, kShort> MakeShort() {
  std::array<std::uint16_t, kShort> words{};
  for (std::size_t us = 0; us < words.size(); ++us) {
    words[us] = Search(static_cast<std::uint32_t>(us));
  }
  return words;
}

}  // namespace

std::uint16_t TimingWord(std::uint32_t us) {
  static const auto kWords = MakeShort();
  return us < kShort ? kWords[us] : Search(us);
}

}  // namespace relaywatch::collector
