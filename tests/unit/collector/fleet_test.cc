#include "collector/fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include "collector/fleet/peer_identity.h"
#include "collector/serve/fleet_collector.h"
#include "tests/unit/collector/ingest_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kNow = 1'800'000'000'000;

TEST(Fleet, TheNewestStreamIsTheAgents) {
  Fleet fleet;
  const auto first = std::make_shared<FakeLink>("office");
  const auto second = std::make_shared<FakeLink>("office");
  EXPECT_EQ(fleet.Connect(first, kNow), nullptr);
  EXPECT_EQ(fleet.Connect(second, kNow), first);
  EXPECT_EQ(fleet.connected(), 1u);
  EXPECT_FALSE(fleet.Disconnect(*first));  // its end says nothing about the agent
  EXPECT_EQ(fleet.connected(), 1u);
  EXPECT_TRUE(fleet.Disconnect(*second));
  EXPECT_EQ(fleet.connected(), 0u);
}

TEST(Fleet, BroadcastsToThoseConnected) {
  Fleet fleet;
  const auto office = std::make_shared<FakeLink>("office");
  const auto home = std::make_shared<FakeLink>("home");
  fleet.Connect(office, kNow);
  fleet.Connect(home, kNow);
  fleet.Disconnect(*home);
  fleet.Broadcast({});
  EXPECT_EQ(office->sent().size(), 1u);
  EXPECT_EQ(home->sent().size(), 0u);
}

TEST(Fleet, TheEndOfAStreamIsNoWordFromTheAgent) {
  Fleet fleet;
  const auto office = std::make_shared<FakeLink>("office");
  fleet.Connect(office, kNow);
  fleet.Heard("office", kNow + 1'000);
  fleet.Disconnect(*office);
  EXPECT_EQ(fleet.Snapshot().front().last_seen_ms, kNow + 1'000);
}

TEST(Fleet, SilenceMakesAnAgentStaleAndThenLost) {
  AgentView agent;
  agent.last_seen_ms = kNow;
  agent.connected = true;
  EXPECT_EQ(agent.StateAt(kNow + 60'000), AgentState::kConnected);
  EXPECT_EQ(agent.StateAt(kNow + 60'001), AgentState::kStale);  // the stream is up, but dead
  EXPECT_EQ(agent.StateAt(kNow + 300'001), AgentState::kLost);
  agent.connected = false;
  EXPECT_EQ(agent.StateAt(kNow + 1), AgentState::kStale);
}

TEST(Fleet, TellsWhichRefusalsAreNew) {
  Fleet fleet;
  const auto office = std::make_shared<FakeLink>("office");
  v1::PlanReport report;
  report.add_refusals()->set_reason("a");
  EXPECT_TRUE(fleet.ReportPlan("office", report).empty());  // nobody knows it
  fleet.Connect(office, kNow);
  EXPECT_EQ(fleet.ReportPlan("office", report).size(), 1u);
  EXPECT_TRUE(fleet.ReportPlan("office", report).empty());
  report.add_refusals()->set_reason("b");
  const auto added = fleet.ReportPlan("office", report);
  ASSERT_EQ(added.size(), 1u);
  EXPECT_EQ(added[0].reason(), "b");
  EXPECT_EQ(fleet.Snapshot().at(0).refusals.size(), 2u);
}

TEST(Fleet, CountsWhoMayComeBackWithinTheDay) {
  Fleet fleet;
  fleet.Remember("gone", kNow - 86'400'001, "");
  fleet.Remember("away", kNow - 86'400'000, "");
  const auto office = std::make_shared<FakeLink>("office");
  fleet.Connect(office, kNow - 90'000'000);
  EXPECT_EQ(fleet.Active(kNow), 2u);
}

TEST(Fleet, HearsOnlyWhoHasConnected) {
  Fleet fleet;
  fleet.Heard("stranger", kNow);
  fleet.Report("stranger", {}, kNow);
  EXPECT_TRUE(fleet.Snapshot().empty());
}

TEST(Fleet, EndsTheStreamOfARevokedAgentAndCutsItIfThatIsNotHeard) {
  Fleet fleet;
  const auto office = std::make_shared<FakeLink>("office");
  fleet.Connect(office, kNow);
  EXPECT_TRUE(fleet.Revoke("office"));
  ASSERT_TRUE(office->ended().has_value());
  EXPECT_EQ(office->ended()->message(), "agent office was revoked");
  EXPECT_FALSE(office->cut());
  EXPECT_TRUE(fleet.Revoke("office"));  // still there at the next sweep
  EXPECT_TRUE(office->cut());
  fleet.Disconnect(*office);
  EXPECT_FALSE(fleet.Revoke("office"));
  EXPECT_EQ(fleet.Snapshot().front().StateAt(kNow), AgentState::kRevoked);
}

TEST(Fleet, ARevokedAgentThatComesAgainHearsTheReasonFirst) {
  Fleet fleet;
  fleet.Revoke("office");
  const auto office = std::make_shared<FakeLink>("office");
  fleet.Connect(office, kNow);
  EXPECT_TRUE(fleet.Revoke("office"));
  EXPECT_TRUE(office->ended().has_value());
  EXPECT_FALSE(office->cut());
}

TEST(Fleet, AnEnrolledAgentIsKnownButChangesNobodyWhoIs) {
  Fleet fleet;
  fleet.Remember("old", kNow - 5, "vpn");
  fleet.Enrolled("old", kNow, "office");
  fleet.Enrolled("new", kNow, "office");
  const auto views = fleet.Snapshot();
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(views[0].location, "office");
  EXPECT_EQ(views[0].last_seen_ms, kNow);
  EXPECT_EQ(views[1].location, "vpn");
  EXPECT_EQ(views[1].last_seen_ms, kNow - 5);
}

std::string Render(const Fleet& fleet) {
  FixedClock clock;
  clock.now.wall_ms = kNow;
  return prometheus::TextSerializer().Serialize(FleetCollector(fleet, clock).Collect());
}

TEST(FleetCollector, TellsEveryAgentAndEveryState) {
  Fleet fleet;
  fleet.Remember("old", kNow - 1'000'000, "vpn");
  fleet.Connect(std::make_shared<FakeLink>("office-1"), kNow);
  v1::AgentStatus status;
  status.set_location("office");
  status.set_queued_results(7);
  status.set_wall_ms(kNow - 1'500);
  status.set_certificate_not_after(1'900'000'000);
  v1::DropCount& drop = *status.add_drops();
  drop.set_reason(v1::GAP_REASON_OVERFLOW);
  drop.set_results(31);
  fleet.Report("office-1", status, kNow);
  const std::string text = Render(fleet);
  EXPECT_THAT(text, HasSubstr("relaywatch_agents{location=\"office\",state=\"connected\"} 1"));
  EXPECT_THAT(text, HasSubstr("relaywatch_agents{location=\"office\",state=\"lost\"} 0"));
  EXPECT_THAT(text, HasSubstr("relaywatch_agents{location=\"vpn\",state=\"lost\"} 1"));
  const std::string agent = "{agent=\"office-1\",location=\"office\"";
  EXPECT_THAT(text, HasSubstr("agent_backlog_results" + agent + "} 7"));
  EXPECT_THAT(text, HasSubstr("agent_clock_offset_seconds" + agent + "} -1.5"));
  EXPECT_THAT(text,
              HasSubstr("agent_certificate_expiry_timestamp_seconds" + agent + "} 1900000000"));
  EXPECT_THAT(text, HasSubstr("agent_dropped_results_total" + agent + ",reason=\"overflow\"} 31"));
  EXPECT_THAT(text, HasSubstr("agent_dropped_results_total" + agent + ",reason=\"disk\"} 0"));
}

TEST(FleetCollector, LeavesTheDetailOutOfALargeFleet) {
  Fleet fleet;
  for (std::size_t i = 0; i <= FleetCollector::kMaxDetailed; ++i) {
    fleet.Remember("agent-" + std::to_string(i), kNow, "office");
  }
  const std::string text = Render(fleet);
  EXPECT_THAT(text, HasSubstr("relaywatch_agents{location=\"office\",state=\"stale\"} 1001"));
  EXPECT_THAT(text, Not(HasSubstr("agent-17")));
}

TEST(AgentOf, TakesExactlyOneNameOfThisDeployment) {
  EXPECT_EQ(*AgentOf({"spiffe://example/agent/office-7"}, "example"), "office-7");
}

TEST(OperatorOf, TakesExactlyOneNameOfThisDeployment) {
  EXPECT_EQ(*OperatorOf({"spiffe://example/operator/alice"}, "example"), "alice");
  for (const std::vector<std::string>& uris :
       {std::vector<std::string>{},
        {"spiffe://example/agent/alice"},
        {"spiffe://example/operator/-alice"},
        {"spiffe://example/operator/alice", "spiffe://example/operator/bob"},
        {"spiffe://example/operator/alice", "spiffe://example/agent/office"}}) {
    EXPECT_EQ(OperatorOf(uris, "example").status().code(), absl::StatusCode::kPermissionDenied);
  }
}

struct Case {
  const char* name;
  std::vector<std::string> uris;
  const char* reason;
};

class NoAgent : public ::testing::TestWithParam<Case> {};

TEST_P(NoAgent, IsRefusedWithTheReason) {
  const auto agent = AgentOf(GetParam().uris, "example");
  ASSERT_EQ(agent.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(agent.status().message()), HasSubstr(GetParam().reason));
}

const Case kNoAgents[] = {
    {"NoUri", {}, "has no URI names"},
    {"TwoUris", {"spiffe://example/agent/a", "spiffe://example/agent/b"}, "has 2 URI names"},
    {"OtherDeployment", {"spiffe://other/agent/a"}, "spiffe://other/agent/a"},
    {"NoAgentPath", {"spiffe://example/collector/a"}, "spiffe://example/"},
    {"NotSpiffe", {"https://example/agent/a"}, "https://example/agent/a"},
    {"AnOperator", {"spiffe://example/operator/a"}, "is an operator, not an agent"},
    {"NoLabel", {"spiffe://example/agent/a%20b"}, ""},
};
INSTANTIATE_TEST_SUITE_P(Table, NoAgent, ::testing::ValuesIn(kNoAgents),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace relaywatch::collector::testing
