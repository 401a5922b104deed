#include "agent/schedule/rhythm.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace relaywatch::agent {
namespace {

using namespace std::chrono_literals;

const ServiceKey kKey{"corp-mail", v1::PROTOCOL_SMTP, 587};

SteadyTime At(std::chrono::milliseconds time) { return SteadyTime(time); }

TEST(Rhythm, ComesOnceInEveryIntervalWithSmallJitter) {
  const std::uint64_t seed = SeedOf("office", kKey);
  SteadyTime slot = NextSlot(seed, 60s, At(1h));
  for (int round = 0; round < 1000; ++round) {
    const SteadyTime next = NextSlot(seed, 60s, slot);
    EXPECT_GT(next - slot, 58s);
    EXPECT_LT(next - slot, 62s);
    slot = next;
  }
  EXPECT_NEAR(std::chrono::duration<double>(slot - At(1h)).count(), 1000 * 60.0, 62.0);
}

TEST(Rhythm, GivesTheSameSlotsFromWhereverOneLooks) {
  const std::uint64_t seed = SeedOf("office", kKey);
  const SteadyTime slot = NextSlot(seed, 60s, At(1h));
  for (auto back = 1ms; back < 55s; back += 997ms) {
    EXPECT_EQ(NextSlot(seed, 60s, slot - back), slot);
  }
}

TEST(Rhythm, KeepsTheFractionWhenTheIntervalChanges) {
  const std::uint64_t seed = SeedOf("office", kKey);
  const auto fraction_of = [&](std::chrono::milliseconds interval) {
    const SteadyTime slot = NextSlot(seed, interval, At(0ms));
    return std::chrono::duration<double>(slot.time_since_epoch() % interval) /
           std::chrono::duration<double>(interval);
  };
  EXPECT_NEAR(fraction_of(60s), fraction_of(1h), 0.06);
  EXPECT_NEAR(fraction_of(60s), fraction_of(10s), 0.06);
}

TEST(Rhythm, TellsNeighbouringNamesFarApart) {
  EXPECT_NE(SeedOf("ab", {"c", v1::PROTOCOL_SMTP, 25}), SeedOf("a", {"bc", v1::PROTOCOL_SMTP, 25}));
  EXPECT_NE(SeedOf("a", {"c", v1::PROTOCOL_SMTP, 110}), SeedOf("a", {"c", v1::PROTOCOL_POP3, 110}));
}

TEST(Rhythm, SpreadsAFleetOverTheInterval) {
  std::array<int, 60> per_second{};
  for (int i = 0; i < 6000; ++i) {
    const std::uint64_t seed = SeedOf("spiffe://example/agent/host-" + std::to_string(i), kKey);
    const auto slot = NextSlot(seed, 60s, At(1h)) - At(1h);
    ++per_second.at(static_cast<std::size_t>(slot / 1s) % 60);
  }
  for (const int agents : per_second) {  // 100 expected; 5 standard deviations
    EXPECT_GT(agents, 50);
    EXPECT_LT(agents, 150);
  }
}

TEST(Rhythm, DrawsEvenlyFromZeroToOne) {
  double sum = 0;
  for (std::uint64_t round = 0; round < 10'000; ++round) {
    const double fraction = Fraction(42, round);
    ASSERT_GE(fraction, 0.0);
    ASSERT_LT(fraction, 1.0);
    sum += fraction;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

}  // namespace
}  // namespace relaywatch::agent
