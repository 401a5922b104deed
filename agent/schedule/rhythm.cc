#include "agent/schedule/rhythm.h"

#include <algorithm>
#include <string_view>

namespace relaywatch::agent {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint64_t kPhaseRound = ~std::uint64_t{0};  // no round of the jitter gets there

// FNV-1a; std::hash may differ between builds.
std::uint64_t Fnv(std::uint64_t hash, std::string_view text) {
  for (const unsigned char c : text) hash = (hash ^ c) * 1099511628211ULL;
  return hash * 1099511628211ULL;  // as after a NUL: "ab" + "c" is not "a" + "bc"
}

// The finaliser of splitmix64: neighbouring inputs end far apart.
std::uint64_t Mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

microseconds Scale(milliseconds whole, double fraction) {
  return microseconds(
      static_cast<std::int64_t>(static_cast<double>(whole.count()) * 1e3 * fraction));
}

SteadyTime Slot(std::uint64_t seed, milliseconds interval, std::int64_t round) {
  const milliseconds jitter = std::min<milliseconds>(interval / 20, milliseconds(2'000));
  return SteadyTime(round * interval) + Scale(interval, Fraction(seed, kPhaseRound)) +
         Scale(jitter, Fraction(seed, static_cast<std::uint64_t>(round)));
}

}  // namespace

std::uint64_t SeedOf(const std::string& agent, const ServiceKey& key) {
  std::uint64_t hash = Fnv(14695981039346656037ULL, agent);
  hash = Fnv(hash, key.endpoint);
  return Mix(hash ^ (static_cast<std::uint64_t>(key.protocol) << 32 | key.port));
}

double Fraction(std::uint64_t seed, std::uint64_t round) {
  return static_cast<double>(Mix(seed ^ Mix(round)) >> 11) * 0x1p-53;
}

SteadyTime NextSlot(std::uint64_t seed, milliseconds interval, SteadyTime after) {
  // Two intervals back, phase and jitter cannot have carried the slot past `after`.
  std::int64_t round = after.time_since_epoch() / interval - 2;
  while (Slot(seed, interval, round) <= after) ++round;
  return Slot(seed, interval, round);
}

}  // namespace relaywatch::agent
