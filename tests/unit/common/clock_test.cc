#include "common/clock.h"

#include <gtest/gtest.h>

#include <chrono>

namespace relaywatch {
namespace {

TEST(Clock, AgreesWithTheSystemsClocks) {
  const SystemClock clock;
  const auto wall = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const Instant now = clock.Now();
  EXPECT_NEAR(static_cast<double>(now.wall_ms), static_cast<double>(wall.count()), 5'000);
  EXPECT_GT(now.boot_ms, 0);
}

TEST(Clock, NeverGoesBackOnTheBootAndSteadyClocks) {
  const SystemClock clock;
  Instant before = clock.Now();
  auto steady_before = clock.Steady();
  for (int i = 0; i < 1000; ++i) {
    const Instant now = clock.Now();
    const auto steady = clock.Steady();
    EXPECT_GE(now.boot_ms, before.boot_ms);
    EXPECT_GE(steady, steady_before);
    before = now;
    steady_before = steady;
  }
}

TEST(Clock, NamesOneBootAlwaysAlike) {
  EXPECT_NE(BootId(), 0U);
  EXPECT_EQ(BootId(), BootId());
}

TEST(FormatRfc3339, WritesMillisecondsInUtc) {
  EXPECT_EQ(FormatRfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339(1'700'000'000'007), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(FormatRfc3339(951'782'400'120), "2000-02-29T00:00:00.120Z");
}

TEST(FormatRfc3339, CountsBackBeforeTheEpoch) {
  EXPECT_EQ(FormatRfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatRfc3339(-1000), "1969-12-31T23:59:59.000Z");
}

}  // namespace
}  // namespace relaywatch
