// Nothing is lost and nothing is stored twice, whatever is killed or cut off on the way. The time
// is the environment's RELAYWATCH_CHAOS_MINUTES (tests/e2e/chaos.sh), three minutes otherwise.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

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

// Each line "AGENT EPOCH LAST-SEQ": everything up to there is in the store.
void ExpectStored(const std::vector<std::string>& promised, const Deployment& deployment) {
  EXPECT_FALSE(promised.empty());
  for (const std::string& line : promised) {
    std::istringstream fields(line);
    std::string agent, epoch;
    long last = 0;
    fields >> agent >> epoch >> last;
    const std::string stored = deployment.Sql(fmt::format(
        "SELECT count(*) FROM results WHERE agent = '{}' AND epoch = '{}' AND seq <= {}", agent,
        epoch, last));
    EXPECT_EQ(stored, std::to_string(last)) << line;
  }
}

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
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(plan.time).count();
  EXPECT_GE(counts.agents_killed, 10 * minutes);
  EXPECT_GE(counts.collector_killed, 10 * minutes);
  EXPECT_GE(counts.cuts, 10 * minutes / 3);
  // A quarter of what fifty agents would have done undisturbed is the least.
  EXPECT_GE(std::atol(results.c_str()), plan.agents * plan.time.count() / 4);
  EXPECT_EQ(deployment.Sql("SELECT count(*) FROM gaps"), "0");
  EXPECT_EQ(deployment.Sql(kNotExactlyOnce), "");
  EXPECT_EQ(fleet.Held(), 0);
  ExpectStored(fleet.promised(), deployment);
}

}  // namespace
}  // namespace relaywatch::e2e
