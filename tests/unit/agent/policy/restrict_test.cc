#include "agent/policy/restrict.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

Service Smtp(const std::string& endpoint, std::uint16_t port,
             const std::string& host = "smtp.corp.de") {
  Service service;
  service.key = {endpoint, v1::PROTOCOL_SMTP, port};
  service.host = host;
  service.interval = 60s;
  return service;
}

void ExpectRefusal(const RestrictedPlan& plan, const std::string& endpoint, std::uint32_t port,
                   const std::string& reason) {
  ASSERT_EQ(plan.refusals.size(), 1U);
  EXPECT_EQ(plan.refusals[0].endpoint(), endpoint);
  EXPECT_EQ(plan.refusals[0].port(), port);
  EXPECT_EQ(plan.refusals[0].reason(), reason);
}

TEST(Restrict, LetsAnOrdinaryPlanPass) {
  const RestrictedPlan plan = Restrict({Smtp("a", 25), Smtp("a", 587), Smtp("b", 465)}, Policy());
  EXPECT_EQ(plan.services.size(), 3U);
  EXPECT_TRUE(plan.refusals.empty());
}

TEST(Restrict, TakesOutOnlyTheServiceOfAForbiddenPort) {
  const RestrictedPlan plan = Restrict({Smtp("a", 22), Smtp("a", 587)}, Policy());
  ASSERT_EQ(plan.services.size(), 1U);
  EXPECT_EQ(plan.services[0].key.port, 587);
  ExpectRefusal(plan, "a", 22, "port 22 is not in the agent's policy.ports");
}

TEST(Restrict, TakesOutAnEndpointByItsHost) {
  PolicyConfig config;
  config.hosts = {"*.corp.de"};
  const RestrictedPlan plan =
      Restrict({Smtp("a", 25, "evil.example"), Smtp("a", 587, "evil.example"), Smtp("b", 25)},
               Policy(config));
  ASSERT_EQ(plan.services.size(), 1U);
  EXPECT_EQ(plan.services[0].key.endpoint, "b");
  ExpectRefusal(plan, "a", 0, "evil.example is not in the agent's policy.hosts");
}

TEST(Restrict, TakesOutAnEndpointByItsAddress) {
  const RestrictedPlan plan = Restrict({Smtp("a", 25, "::1"), Smtp("a", 587, "::1")}, Policy());
  EXPECT_TRUE(plan.services.empty());
  ExpectRefusal(plan, "a", 0,
                "::1 is a loopback address, which is not in the agent's policy.networks");
}

TEST(Restrict, TakesOutOnlyTheRelayTest) {
  Service service = Smtp("a", 25);
  service.relay_test = {.from = "me@corp.de", .own = "me@corp.de", .foreign = "victim@bank.com"};
  const RestrictedPlan plan = Restrict({service}, Policy());
  ASSERT_EQ(plan.services.size(), 1U);
  EXPECT_EQ(plan.services[0].relay_test.from, "");
  EXPECT_EQ(plan.services[0].relay_test.foreign, "");
  ExpectRefusal(plan, "a", 0,
                "no relay test: victim@bank.com is of another domain than smtp.corp.de, and the "
                "agent's policy.recipients lists none");
}

TEST(Restrict, ProbesNoOftenerThanAllowed) {
  PolicyConfig config;
  config.min_interval = 5min;
  const RestrictedPlan plan = Restrict({Smtp("a", 25), Smtp("a", 587)}, Policy(config));
  ASSERT_EQ(plan.services.size(), 2U);
  EXPECT_EQ(plan.services[1].interval, 5min);
  ExpectRefusal(plan, "a", 0,
                "an interval of 60000 ms is below the agent's policy.min_interval: probed every "
                "300000 ms");
}

TEST(Restrict, StretchesAllIntervalsUnderTheCeiling) {
  PolicyConfig config;
  config.max_probes_per_minute = 2;
  Service slow = Smtp("b", 25);
  slow.interval = 120s;
  const RestrictedPlan plan =
      Restrict({Smtp("a", 25), Smtp("a", 465), Smtp("a", 587), slow}, Policy(config));
  ASSERT_EQ(plan.services.size(), 4U);
  EXPECT_EQ(plan.services[0].interval, milliseconds(105'000));
  EXPECT_EQ(plan.services[3].interval, milliseconds(210'000));
  ExpectRefusal(plan, "", 0,
                "4 probes a minute are more than the agent's policy.max_probes_per_minute of 2: "
                "all intervals are stretched");
  EXPECT_TRUE(Restrict(plan.services, Policy(config)).refusals.empty());
}

}  // namespace
}  // namespace relaywatch::agent
