// Nothing is lost and nothing is stored twice, whatever is killed or cut off on the way. The time
// is the environment's RELAYWATCH_CHAOS_MINUTES (tests/e2e/chaos.sh), three minutes otherwise.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "tests/e2e/chaos_fleet.h"

namespace relaywatch::e2e {
namespace {

ChaosPlan PlanOfEnvironment() {
  ChaosPlan plan;
  if (const char* minutes = std::getenv("RELAYWATCH_CHAOS_MINUTES")) {
    plan.time = std::chrono::minutes(std::atoi(minutes));
  }
  if (const char* seed = std::getenv("RELAYWATCH_CHAOS_SEED")) {
    plan.seed = static_cast<unsigned>(std::atoi(seed));
  }
  return plan;
}

// Rows that should not be.
constexpr const char* kNotExactlyOnce = R"(
SELECT agent, epoch, count(*), count(DISTINCT seq), min(seq), max(seq) FROM results
GROUP BY agent, epoch
HAVING count(*) <> count(DISTINCT seq) OR count(*) <> max(seq) OR min(seq) <> 1)";

TEST(ChaosTest, EveryResultIsStoredExactlyOnce) {
  if (geteuid() != 0) GTEST_SKIP() << "networks are made by root only";
  const ChaosPlan plan = PlanOfEnvironment();
  ChaosFleet fleet(plan);
  ASSERT_EQ(fleet.Start(), "");

  const ChaosCounts counts = fleet.Suffer();
  ASSERT_EQ(fleet.Settle(), "");
  EXPECT_EQ(fleet.StopAgents(), 0);

  const Deployment& deployment = fleet.deployment();
  const std::string results = deployment.Sql("SELECT count(*) FROM results");
  std::cout << "agents killed: " << counts.agents_killed
            << ", collector killed: " << counts.collector_killed << ", cuts: " << counts.cuts
            << ", results: " << results
            << ", epochs: " << deployment.Sql("SELECT count(*) FROM epoch") << "\n";
  EXPECT_GE(counts.agents_killed, 30);
  EXPECT_GE(counts.collector_killed, 30);
  EXPECT_GE(counts.cuts, 10);
  // A quarter of what fifty agents would have done undisturbed is the least.
  EXPECT_GE(std::atol(results.c_str()), plan.agents * plan.time.count() / 4);
  EXPECT_EQ(deployment.Sql("SELECT * FROM gaps"), "");
  EXPECT_EQ(deployment.Sql(kNotExactlyOnce), "");
  // What the agents have numbered is what is stored.
  EXPECT_EQ(fleet.Held(), 0);
  const auto numbered = fleet.Numbered();
  EXPECT_GE(numbered.size(), static_cast<std::size_t>(plan.agents));
  for (const std::string& line : numbered) {
    const auto last = line.rfind(' ');
    const auto first = line.find(' ');
    const std::string agent = line.substr(0, first);
    const std::string epoch = line.substr(first + 1, last - first - 1);
    EXPECT_EQ(deployment.Sql("SELECT count(*) FROM results WHERE agent = '" + agent +
                             "' AND epoch = '" + epoch + "'"),
              line.substr(last + 1))
        << line;
  }
}

}  // namespace
}  // namespace relaywatch::e2e
