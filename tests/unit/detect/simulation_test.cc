#include "tests/sim/simulation.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/sim/fleet.h"

namespace relaywatch::sim {
namespace {

// A short one; relaywatch-sim-detect runs more.
TEST(Simulation, ReachesEveryMark) {
  const auto lines = SimulateFleets(2, 42);
  EXPECT_TRUE(MissedMarks(lines).empty()) << Table(lines);
  for (const Line& line : lines) {
    EXPECT_GT(line.score.changes + line.score.pools, 1U) << line.fleet.name;
  }
}

TEST(Simulation, IsTheSameForTheSameSeed) {
  const Conditions conditions{.agents = 2};
  const Score one = Simulate(conditions, 10 * kDay, 7);
  const Score other = Simulate(conditions, 10 * kDay, 7);
  EXPECT_EQ(one.confirmed_s, other.confirmed_s);
  EXPECT_EQ(one.probes, other.probes);
  EXPECT_NE(one.probes, Simulate(conditions, 10 * kDay, 8).probes);
}

TEST(Simulation, BlamesWhatDidNotHappen) {
  const World world({.flip_every_ms = 0}, kDay, 1);
  Referee referee(world, 0);
  collector::detect::Rule open;
  open.Set(collector::detect::Facet::kReach, "open");
  collector::detect::Rule refused;
  refused.Set(collector::detect::Facet::kReach, "refused");
  referee.Hear({.state = collector::detect::ChangeState::kConfirmed,
                .before = {std::make_shared<const collector::detect::Rule>(open)},
                .after = {std::make_shared<const collector::detect::Rule>(refused)},
                .decided_ms = kHour});
  Score score;
  referee.Close(score);
  EXPECT_EQ(score.false_alarms, 1U);
  EXPECT_EQ(score.told_wrongly.size(), 1U);
}

TEST(Simulation, MissesMarksThatAreNotReached) {
  Line line{.fleet = Fleets().front()};
  EXPECT_TRUE(MissedMarks({line}).empty());
  line.score.false_alarms = 1;
  line.score.missed = 1;
  line.score.confirmed_s.assign(10, 91.0);
  EXPECT_EQ(MissedMarks({line}).size(), 3U);
}

TEST(Quantile, OfNothingIsNothing) {
  EXPECT_EQ(Quantile({}, 0.5), 0);
  EXPECT_EQ(Quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(Quantile({3, 1, 2}, 1), 3);
}

}  // namespace
}  // namespace relaywatch::sim
