#include "agent/uplink/backoff.h"

#include <gtest/gtest.h>

#include <random>

namespace relaywatch::agent {
namespace {

using namespace std::chrono_literals;

const Backoff::Time kNow{1h};

// Always draws the most that may be drawn.
Backoff Greatest() {
  return Backoff([] { return 1.0; });
}

TEST(Backoff, DoublesFromTheSpreadToFiveMinutes) {
  Backoff backoff = Greatest();
  for (const auto bound : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
    EXPECT_EQ(backoff.Next(kNow), bound);
  }
}

TEST(Backoff, BeginsWithTheSpreadThatTheCollectorTold) {
  Backoff backoff = Greatest();
  backoff.SetSpread(120s);
  EXPECT_EQ(backoff.Next(kNow), 120s);
  EXPECT_EQ(backoff.Next(kNow), 240s);
  EXPECT_EQ(backoff.Next(kNow), 300s);
}

TEST(Backoff, KeepsAToldSpreadWithinBounds) {
  Backoff backoff = Greatest();
  backoff.SetSpread(0s);
  EXPECT_EQ(backoff.Spread(), 1s);
  backoff.SetSpread(24h);
  EXPECT_EQ(backoff.Spread(), 300s);
}

TEST(Backoff, BeginsAnewAfterAStreamOfAMinute) {
  Backoff backoff = Greatest();
  for (int i = 0; i < 5; ++i) backoff.Next(kNow);
  backoff.Established(kNow);
  EXPECT_EQ(backoff.Next(kNow + 60s), 5s);
}

TEST(Backoff, GoesOnAfterAStreamThatFellAtOnce) {
  Backoff backoff = Greatest();
  for (int i = 0; i < 5; ++i) backoff.Next(kNow);
  backoff.Established(kNow);
  EXPECT_EQ(backoff.Next(kNow + 59s), 160s);
}

TEST(Backoff, CountsOneStreamOnce) {
  Backoff backoff = Greatest();
  backoff.Established(kNow);
  EXPECT_EQ(backoff.Next(kNow + 1h), 5s);
  EXPECT_EQ(backoff.Next(kNow + 2h), 10s);  // the stream of an hour ago proves nothing now
}

TEST(Backoff, SpreadsAHerdOverTheWholeBound) {
  std::mt19937 engine(7);
  int early = 0;
  for (int agent = 0; agent < 1000; ++agent) {
    Backoff backoff([&] { return std::uniform_real_distribution<double>(0, 1)(engine); });
    const auto wait = backoff.Next(kNow);
    EXPECT_GE(wait, 0s);
    EXPECT_LT(wait, 5s);
    early += wait < 500ms ? 1 : 0;
  }
  EXPECT_NEAR(early, 100, 40);
}

}  // namespace
}  // namespace relaywatch::agent
