#include "collector/detect/damping.h"

#include <gtest/gtest.h>

namespace relaywatch::collector::detect {
namespace {

constexpr KeyId kKey = 3;

TEST(Damping, TellsTheFirstChangesAndThenKeepsQuiet) {
  Damping damping;
  EXPECT_TRUE(damping.Tell(kKey, 0));
  EXPECT_TRUE(damping.Tell(kKey, 0));
  EXPECT_FALSE(damping.Tell(kKey, 0));
  EXPECT_TRUE(damping.IsSuppressed(kKey, 0));
  EXPECT_TRUE(damping.Tell(kKey + 1, 0));
}

// 3000 halves every 30 minutes: it takes two halvings to 750.
TEST(Damping, ReleasesWhenCalm) {
  Damping damping;
  for (int i = 0; i < 3; ++i) damping.Tell(kKey, 0);
  EXPECT_TRUE(damping.Release(59 * kMinuteMs).empty());
  EXPECT_EQ(damping.Release(60 * kMinuteMs), std::vector<KeyId>{kKey});
  EXPECT_TRUE(damping.Release(60 * kMinuteMs).empty());
  EXPECT_TRUE(damping.Tell(kKey, 61 * kMinuteMs));
}

TEST(Damping, ReleasesAllWhereTheClockIsAnotherOne) {
  Damping damping;
  for (int i = 0; i < 3; ++i) damping.Tell(kKey, 24 * kHourMs);
  damping.Tell(kKey + 1, 24 * kHourMs);
  EXPECT_EQ(damping.ReleaseAll(), std::vector<KeyId>{kKey});
  EXPECT_TRUE(damping.Tell(kKey, 0));
  EXPECT_TRUE(damping.ReleaseAll().empty());
}

TEST(Damping, LastsFourHoursAtMost) {
  Damping damping;
  for (std::int64_t minute = 0; minute < 4 * 60; ++minute) damping.Tell(kKey, minute * kMinuteMs);
  EXPECT_TRUE(damping.IsSuppressed(kKey, 4 * kHourMs));
  EXPECT_FALSE(damping.IsSuppressed(kKey, 4 * kHourMs + 3 * kMinuteMs));
}

TEST(Damping, SlowChangesAreAllTold) {
  Damping damping;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(damping.Tell(kKey, i * 30 * kMinuteMs)) << i;
}

}  // namespace
}  // namespace relaywatch::collector::detect
