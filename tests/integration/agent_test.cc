// What an agent does with a plan, a policy and a mail server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "tests/integration/agent_fixture.h"
#include "tests/support/process.h"

namespace relaywatch::agent {
namespace {

using testing::HasSubstr;

TEST_F(AgentTest, ProbesWhatThePlanNamesAndDeliversIt) {
  StartAgent();
  SendPlanAndProbe();
  ASSERT_TRUE(WaitForResults(1)) << log_.Text();
  const Received received = collector_->Seen();
  const Committed& result = received.results[0];
  EXPECT_EQ(result.seq, 1U);
  EXPECT_EQ(result.lane, v1::LANE_LIVE);
  EXPECT_EQ(result.path.location(), "here");
  EXPECT_EQ(result.path.endpoint(), "corp-mail");
  EXPECT_EQ(result.path.address(), "127.0.0.1");
  EXPECT_EQ(result.facts.stage(), v1::STAGE_QUIT);
  EXPECT_EQ(result.facts.ending(), v1::ENDING_QUIT);
  EXPECT_EQ(result.facts.relay_expectation(), v1::RELAY_EXPECTATION_REFUSED);
  ASSERT_EQ(received.reports.size(), 1U);
  EXPECT_EQ(received.reports[0].revision(), 1U);
  EXPECT_EQ(received.reports[0].refusals_size(), 0);
}

TEST_F(AgentTest, TriesAPasswordOnceInAWhile) {
  const std::string password = "Canary-4711";
  Settings settings = OfficeSettings();
  auto logins = Logins::Load({{.host = "127.0.0.1",
                               .user = "tim",
                               .password_file = scratch_.Write("password", password)}});
  ASSERT_TRUE(logins.ok()) << logins.status();
  settings.logins = *std::move(logins);
  settings.config.state_directory = scratch_ / "state";
  StartAgent(std::move(settings));
  SendPlanAndProbe();
  ASSERT_TRUE(WaitForResults(1)) << log_.Text();
  collector_->Send(ProbeAtOnce());
  ASSERT_TRUE(WaitForResults(2)) << log_.Text();

  const v1::Login first = collector_->Seen().results[0].facts.login();
  EXPECT_EQ(first.state(), v1::LOGIN_STATE_REFUSED) << first.reason();
  EXPECT_EQ(first.reply().code(), 535U);
  const v1::Login second = collector_->Seen().results[1].facts.login();
  EXPECT_EQ(second.state(), v1::LOGIN_STATE_UNSPECIFIED);
  EXPECT_EQ(second.reason(), "one login in 15 minutes");
  for (const Committed& result : collector_->Seen().results) {
    EXPECT_EQ(result.facts.SerializeAsString().find(password), std::string::npos);
  }
  EXPECT_THAT(log_.Text(), testing::Not(HasSubstr(password)));
  // One refusal, for the next process to know.
  const std::string kept = support::ReadFile(scratch_ / "state/logins");
  EXPECT_THAT(kept, testing::StartsWith("1 "));
  EXPECT_THAT(kept, testing::EndsWith(" tim\n"));
}

TEST_F(AgentTest, TellsAboutItselfAsSoonAsItIsWelcome) {
  StartAgent();
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return !r.statuses.empty(); }));
  const Received received = collector_->Seen();
  EXPECT_EQ(received.hellos[0].boot_id(), BootId());
  EXPECT_NE(received.hellos[0].epochs(0).epoch(), 0U);
  EXPECT_EQ(received.statuses[0].queue_capacity(), 20'000U);
  EXPECT_GT(received.statuses[0].certificate_not_after(), std::time(nullptr));
  EXPECT_THAT(log_.Text(), HasSubstr("as spiffe://example/agent/office"));
}

TEST_F(AgentTest, RefusesABadPlanAndKeepsTheOldOne) {
  StartAgent();
  collector_->Send(MailPlan(1));
  v1::CollectorMessage bad = MailPlan(2);
  bad.mutable_plan()->mutable_endpoints(0)->set_host("not a host");
  collector_->Send(bad);
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return r.reports.size() == 2; }));
  const v1::PlanReport report = collector_->Seen().reports[1];
  EXPECT_EQ(report.revision(), 2U);
  ASSERT_EQ(report.refusals_size(), 1);
  EXPECT_EQ(report.refusals(0).endpoint(), "corp-mail");
  EXPECT_EQ(report.refusals(0).reason(), "\"not a host\" is neither a host name nor an address");
  collector_->Send(ProbeAtOnce());
  EXPECT_TRUE(WaitForResults(1));
  EXPECT_THAT(log_.Text(), HasSubstr("plan 2: not adopted; plan 1 stays in force"));
}

TEST_F(AgentTest, CarriesOutWhatThePolicyAllowsAndReportsTheRest) {
  StartAgent();
  v1::CollectorMessage plan = MailPlan();
  v1::Endpoint& endpoint = *plan.mutable_plan()->mutable_endpoints(0);
  *endpoint.add_services() = endpoint.services(0);
  endpoint.mutable_services(1)->set_port(22);
  endpoint.mutable_relay_test()->set_from("probe@example.com");
  endpoint.mutable_relay_test()->set_foreign("victim@bank.com");
  collector_->Send(plan);
  collector_->Send(ProbeAtOnce());
  ASSERT_TRUE(WaitForResults(1)) << log_.Text();

  const Received received = collector_->Seen();
  ASSERT_EQ(received.reports.size(), 1U);
  const v1::PlanReport& report = received.reports[0];
  EXPECT_EQ(report.revision(), 1U);
  ASSERT_EQ(report.refusals_size(), 2);
  EXPECT_EQ(report.refusals(0).reason(),
            "no relay test: victim@bank.com is of another domain than 127.0.0.1, and the agent's "
            "policy.recipients lists none");
  EXPECT_EQ(report.refusals(1).port(), 22U);
  EXPECT_EQ(report.refusals(1).reason(), "port 22 is not in the agent's policy.ports");
  EXPECT_FALSE(received.results[0].facts.has_anonymous());
  EXPECT_THAT(log_.Text(), HasSubstr("policy: plan 1: corp-mail:22: port 22 is not in"));
}

TEST_F(AgentTest, ConnectsToNoForbiddenAddressThatANameLeadsTo) {
  policy_ = "policy: {ports: [1024-65535]}\n";
  StartAgent();
  v1::CollectorMessage plan = MailPlan();
  plan.mutable_plan()->mutable_endpoints(0)->set_host("localhost");
  collector_->Send(plan);
  collector_->Send(ProbeAtOnce());
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) {
    return !r.reports.empty() && r.reports.back().refusals_size() > 0;
  })) << log_.Text();

  const Received received = collector_->Seen();
  const v1::PlanRefusal& refusal = received.reports.back().refusals(0);
  EXPECT_EQ(refusal.endpoint(), "corp-mail");
  EXPECT_EQ(refusal.port(), mail_.ports().at(0));
  EXPECT_THAT(refusal.reason(), testing::StartsWith("localhost: "));
  EXPECT_THAT(refusal.reason(), HasSubstr("a loopback address"));
  EXPECT_TRUE(received.results.empty());
  EXPECT_TRUE(collector_->WaitFor([](const Received& r) {
    return r.statuses.back().policy_refused_probes() > 0 && r.statuses.back().plan_refusals() > 0;
  }));
  EXPECT_EQ(received.statuses.back().plan_revision(), 1U);
}

TEST_F(AgentTest, ChecksThePlanAgainUnderAReloadedPolicy) {
  StartAgent();
  SendPlanAndProbe();
  ASSERT_TRUE(WaitForResults(1)) << log_.Text();
  policy_ = "policy: {networks: [public], ports: [1024-65535]}\n";
  EXPECT_TRUE(Reload(OfficeSettings()).ok());
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return r.reports.size() == 2; }));
  const v1::PlanReport report = collector_->Seen().reports[1];
  ASSERT_EQ(report.refusals_size(), 1);
  EXPECT_EQ(report.refusals(0).reason(),
            "127.0.0.1 is a loopback address, which is not in the agent's policy.networks");
  policy_ = "policy: {networks: [127.0.0.0/8], ports: [1024-65535]}\n";
  EXPECT_TRUE(Reload(OfficeSettings()).ok());
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return r.reports.size() == 3; }));
  EXPECT_EQ(collector_->Seen().reports[2].refusals_size(), 0);
  EXPECT_EQ(collector_->Seen().hellos.size(), 1U);
}

TEST_F(AgentTest, ProbesAtOnceOnlyWhereItIs) {
  StartAgent();
  SendPlanAndProbe();
  ASSERT_TRUE(WaitForResults(1));
  collector_->Send(ProbeAtOnce("elsewhere"));
  collector_->Send(ProbeAtOnce("here"));
  ASSERT_TRUE(WaitForResults(2));
}

TEST_F(AgentTest, KeepsTheStreamWhenOnlyProbingChanges) {
  StartAgent();
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return !r.statuses.empty(); }));
  Settings settings = OfficeSettings();
  settings.config.source_address = "127.0.0.1";
  settings.config.location = "lab";
  EXPECT_TRUE(Reload(std::move(settings)).ok());
  v1::CollectorMessage plan = MailPlan();
  plan.mutable_plan()->mutable_locations(0)->set_declared("lab");
  collector_->Send(plan);
  collector_->Send(ProbeAtOnce());
  ASSERT_TRUE(WaitForResults(1));
  EXPECT_EQ(collector_->Seen().results[0].path.location(), "here");
  EXPECT_EQ(collector_->Seen().hellos.size(), 1U);
}

TEST_F(AgentTest, RefusesAMailCaWithoutCertificates) {
  Settings settings = OfficeSettings();
  settings.config.mail_ca = scratch_.Write("empty.pem", "");
  const auto agent = Agent::Create(io_, clock_, std::move(settings));
  EXPECT_EQ(agent.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace relaywatch::agent
