#include "collector/fleet/fleet_limits.h"

#include <gtest/gtest.h>

namespace relaywatch::collector {
namespace {

v1::Plan PlanWith(int services, std::int64_t interval_s) {
  v1::Plan plan;
  v1::Endpoint& endpoint = *plan.add_endpoints();
  endpoint.set_name("corp");
  endpoint.mutable_interval()->set_seconds(interval_s);
  for (int i = 0; i < services; ++i) endpoint.add_services();
  return plan;
}

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) + duration.nanos() / 1e9;
}

struct Case {
  int services;
  std::int64_t interval_s;
  std::uint32_t per_minute;
  std::size_t agents;
  double stretched_s;
};

TEST(StretchToLimits, MakesIntervalsAsLongAsTheFleetNeeds) {
  const Case cases[] = {
      {1, 60, 100, 100, 60},                                     // just within
      {1, 60, 100, 101, 60.6},                                   //
      {3, 60, 60, 10, 60},                                       //
      {3, 60, 60, 100, 300},                                     //
      {4, 10, 7, 3, 102.858},                                    // rounded up, to the millisecond
      {5, 60, 1, 1'000'000, 86'400}, {1, 60, 0, 1'000'000, 60},  // no limit
  };
  for (const Case& c : cases) {
    const FleetLimit limit{.connections_per_minute = c.per_minute};
    const v1::Plan plan =
        StretchToLimits(PlanWith(c.services, c.interval_s), {{"corp", limit}}, c.agents);
    EXPECT_DOUBLE_EQ(Seconds(plan.endpoints(0).interval()), c.stretched_s) << c.agents;
    EXPECT_EQ(Overrun(plan.endpoints(0), limit, c.agents) > 0, c.stretched_s == 86'400);
    EXPECT_FALSE(plan.endpoints(0).has_login_interval());
  }
}

v1::Plan PlanWithRelayTest(int services, std::int64_t interval_s) {
  v1::Plan plan = PlanWith(services, interval_s);
  plan.mutable_endpoints(0)->mutable_relay_test()->set_from("me@example.com");
  return plan;
}

TEST(StretchToLimits, LeavesRoomForPopBeforeSmtp) {
  struct PopCase {
    std::uint32_t per_minute;
    std::size_t agents;
    double stretched_s;
    double login_s;
  };
  const PopCase cases[] = {
      {300, 90, 60, 900},                  // 270 + 12 connections a minute
      {282, 90, 60, 900},                  // just within
      {281, 90, 60.224, 900},              // 269 are left for probes
      {10, 90, 3'240, 2'160},              // five of ten are the logins'
      {1, 10'000'000, 86'400, 2'592'000},  // as long as it may be, and too much
  };
  for (const PopCase& c : cases) {
    const FleetLimit limit{.connections_per_minute = c.per_minute};
    const v1::Plan plan = StretchToLimits(PlanWithRelayTest(3, 60), {{"corp", limit}}, c.agents);
    EXPECT_DOUBLE_EQ(Seconds(plan.endpoints(0).interval()), c.stretched_s) << c.per_minute;
    EXPECT_DOUBLE_EQ(Seconds(plan.endpoints(0).login_interval()), c.login_s) << c.per_minute;
    EXPECT_EQ(Overrun(plan.endpoints(0), limit, c.agents) > 1e-6, c.stretched_s == 86'400);
  }
}

TEST(StretchToLimits, CountsPopBeforeSmtpOnlyWhereItCanBe) {
  const FleetLimits limits = {{"corp", {.connections_per_minute = 270}}};
  v1::Plan mailboxes = PlanWithRelayTest(3, 60);
  for (v1::Service& service : *mailboxes.mutable_endpoints(0)->mutable_services()) {
    service.set_protocol(v1::PROTOCOL_IMAP);
  }
  for (const v1::Plan& plan : {PlanWith(3, 60), mailboxes}) {
    const v1::Plan stretched = StretchToLimits(plan, limits, 90);
    EXPECT_EQ(Seconds(stretched.endpoints(0).interval()), 60);
    EXPECT_FALSE(stretched.endpoints(0).has_login_interval());
  }
}

TEST(StretchToLimits, SpreadsLoginsOverTheFleet) {
  const FleetLimits limits = {{"corp", {.logins_per_hour = 30}}};
  EXPECT_EQ(Seconds(StretchToLimits(PlanWith(3, 60), limits, 10).endpoints(0).login_interval()),
            1'200);
  EXPECT_EQ(Seconds(StretchToLimits(PlanWith(3, 60), limits, 10).endpoints(0).interval()), 60);
  EXPECT_EQ(
      Seconds(StretchToLimits(PlanWith(3, 60), limits, 9'999'999).endpoints(0).login_interval()),
      30.0 * 86'400);
}

TEST(StretchToLimits, LeavesOtherEndpointsAlone) {
  const FleetLimits limits = {{"other", {.connections_per_minute = 1, .logins_per_hour = 1}}};
  EXPECT_EQ(StretchToLimits(PlanWith(3, 60), limits, 1000).SerializeAsString(),
            PlanWith(3, 60).SerializeAsString());
}

TEST(PlannedFleet, ChangesThePlanRarely) {
  PlannedFleet fleet;
  EXPECT_FALSE(fleet.Update(0));
  EXPECT_EQ(fleet.size(), 1U);
  EXPECT_FALSE(fleet.Update(1));
  EXPECT_TRUE(fleet.Update(100));
  EXPECT_EQ(fleet.size(), 120U);
  EXPECT_FALSE(fleet.Update(120));  // the limits still hold
  EXPECT_FALSE(fleet.Update(80));
  EXPECT_TRUE(fleet.Update(121));
  EXPECT_EQ(fleet.size(), 145U);
  EXPECT_FALSE(fleet.Update(97));
  EXPECT_TRUE(fleet.Update(96));
  EXPECT_EQ(fleet.size(), 115U);
}

TEST(PlannedFleet, NeverHasFewerThanThereAre) {
  PlannedFleet fleet;
  int plans = 0;
  for (std::size_t agents = 1; agents < 10'000; ++agents) {
    plans += fleet.Update(agents) ? 1 : 0;
    ASSERT_GE(fleet.size(), agents);
  }
  EXPECT_LT(plans, 50);
}

}  // namespace
}  // namespace relaywatch::collector
