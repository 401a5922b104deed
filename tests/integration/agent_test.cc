// The agent's real parts against a minimal collector and a mail server, over real sockets with
// mTLS.
#include "agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <ctime>
#include <future>
#include <thread>

#include "common/host_name.h"
#include "tests/integration/agent_peer.h"
#include "tests/support/captured_log.h"
#include "tests/support/certificates.h"
#include "tests/support/mail/server.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::agent {
namespace {

using support::AgentCertificate;
using support::CapturedLog;
using support::CertificateAuthority;
using support::Eventually;
using testing::HasSubstr;

// One deployment: a CA, a collector, a mail server and an agent called "office".
class AgentTest : public testing::Test {
 protected:
  AgentTest() : mail_(io_, MailConfig()) {
    collector_ = std::make_unique<TestCollector>(ca_, collector_identity_);
  }

  ~AgentTest() override {
    if (agent_) StopAgent();
    work_.reset();
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  support::MailServerConfig MailConfig() const {
    support::MailServerConfig config;
    config.identity_pem = ca_.Issue({.names = {"mail.example.com", "127.0.0.1"}}).IdentityPem();
    config.listeners = {{.address = "127.0.0.1"}};
    config.rules = {{.auth_tls = {"LOGIN"}}};
    return config;
  }

  Settings OfficeSettings() const {
    scratch_.Write("ca.pem", ca_.certificate_pem());
    scratch_.Write("office.pem", office_.IdentityPem());
    scratch_.Write("agent.yaml", "collector: 127.0.0.1:" + std::to_string(collector_->port()) +
                                     "\ncollector_name: localhost\nidentity: office.pem\n"
                                     "ca: ca.pem\nmail_ca: ca.pem\nlocation: office\n" +
                                     policy_);
    auto settings = LoadSettings(scratch_ / "agent.yaml", clock_);
    EXPECT_TRUE(settings.ok()) << settings.status();
    return *settings;
  }

  void StartAgent() { StartAgent(OfficeSettings()); }
  void StartAgent(Settings settings) {
    auto agent = Agent::Create(io_, clock_, std::move(settings));
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
    asio::post(io_, [this] { EXPECT_TRUE(agent_->Start().ok()); });
    thread_ = std::thread([this] { io_.run(); });
  }

  // How long it took.
  std::chrono::milliseconds StopAgent() {
    const auto begun = std::chrono::steady_clock::now();
    std::promise<void> stopped;
    asio::post(io_, [&] { agent_->Stop([&] { stopped.set_value(); }); });
    EXPECT_EQ(stopped.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    std::promise<void> gone;
    asio::post(io_, [&] {
      agent_.reset();
      gone.set_value();
    });
    gone.get_future().wait();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begun);
  }

  absl::Status Reload(Settings settings) {
    std::promise<absl::Status> result;
    asio::post(io_, [&] { result.set_value(agent_->Reload(std::move(settings))); });
    return result.get_future().get();
  }

  v1::CollectorMessage MailPlan(std::uint64_t revision = 1) const {
    v1::CollectorMessage message;
    v1::Plan& plan = *message.mutable_plan();
    plan.set_revision(revision);
    v1::Endpoint& endpoint = *plan.add_endpoints();
    endpoint.set_name("corp-mail");
    endpoint.set_host("127.0.0.1");
    endpoint.mutable_interval()->set_seconds(3600);
    v1::Service& service = *endpoint.add_services();
    service.set_protocol(v1::PROTOCOL_SMTP);
    service.set_port(mail_.ports().at(0));
    service.set_security(v1::SECURITY_STARTTLS);
    endpoint.add_expect_relay()->set_location("here");
    endpoint.mutable_expect_relay(0)->set_anonymous_foreign(v1::RELAY_EXPECTATION_REFUSED);
    v1::LocationRule& rule = *plan.add_locations();
    rule.set_name("here");
    rule.set_declared("office");
    return message;
  }

  static v1::CollectorMessage ProbeAtOnce(const std::string& location = "") {
    v1::CollectorMessage message;
    message.mutable_probe_now()->set_times(1);
    message.mutable_probe_now()->set_location(location);
    return message;
  }

  // The plan, and one probe at once.
  void SendPlanAndProbe() {
    collector_->Send(MailPlan());
    collector_->Send(ProbeAtOnce());
  }

  bool WaitForResults(std::size_t count) const {
    return collector_->WaitFor([count](const Received& r) { return r.results.size() >= count; });
  }

  // A new collector with nothing in its memory, at the same port.
  void ReplaceCollector(const CertificateAuthority& trusted, const support::Credential& identity) {
    const std::uint16_t port = collector_->port();
    collector_.reset();
    collector_ = std::make_unique<TestCollector>(trusted, identity, port);
  }

  // What the tests' mail server needs to be probed.
  std::string policy_ = "policy: {networks: [127.0.0.0/8], ports: [1024-65535]}\n";
  const SystemClock clock_;
  CapturedLog log_;
  support::ScratchDirectory scratch_;
  CertificateAuthority ca_{"Test CA"};
  support::Credential collector_identity_ = ca_.Issue({.names = {"localhost"}});
  support::Credential office_ = ca_.Issue(AgentCertificate("example", "office"));
  std::unique_ptr<TestCollector> collector_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  support::MailServer mail_;
  std::unique_ptr<Agent> agent_;
  std::thread thread_;
};

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

TEST_F(AgentTest, LosesNothingWhenTheStreamBreaksBeforeTheAck) {
  collector_->SetBehaviour({.refusal = {}, .commits = false});
  StartAgent();
  SendPlanAndProbe();
  ASSERT_TRUE(Eventually(std::chrono::seconds(10), [&] {
    collector_->Send(ProbeAtOnce());
    return log_.Text().find("in force") != std::string::npos;
  }));
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return !r.reports.empty(); }));
  collector_->SetBehaviour({});
  collector_->EndStream();
  ASSERT_TRUE(WaitForResults(1)) << log_.Text();
  const Received received = collector_->Seen();
  EXPECT_EQ(received.results[0].seq, 1U);
  EXPECT_EQ(received.hellos.size(), 2U);
  EXPECT_EQ(received.hellos[0].epochs(0).epoch(), received.hellos[1].epochs(0).epoch());
  EXPECT_EQ(received.hellos[1].plan_revision(), 1U);
  EXPECT_EQ(received.hellos[1].host_name(), HostName());
}

TEST_F(AgentTest, ComesBackToACollectorThatWasAway) {
  StartAgent();
  SendPlanAndProbe();
  ASSERT_TRUE(WaitForResults(1));
  ReplaceCollector(ca_, collector_identity_);
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return !r.statuses.empty(); }))
      << log_.Text();
  collector_->Send(ProbeAtOnce());
  ASSERT_TRUE(WaitForResults(1));
  // What the new one will never get was acknowledged by the old one: told, not hidden.
  const Received received = collector_->Seen();
  ASSERT_FALSE(received.gaps.empty());
  EXPECT_EQ(received.gaps[0].first_seq(), 1U);
  EXPECT_EQ(received.gaps[0].reason(), v1::GAP_REASON_DAMAGE);
  EXPECT_EQ(received.results[0].seq, received.gaps[0].last_seq() + 1);
}

TEST_F(AgentTest, EndsTheStreamOfACollectorThatAcknowledgesTooMuch) {
  collector_->SetBehaviour({.refusal = {}, .ack_beyond = 5});
  StartAgent();
  SendPlanAndProbe();
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return r.streams_ended > 0; }));
  EXPECT_TRUE(log_.WaitFor("the collector acknowledges results up to 6, but only 1 were sent"));
  collector_->SetBehaviour({});
  EXPECT_TRUE(collector_->WaitFor([](const Received& r) { return r.hellos.size() >= 2; }));
}

TEST_F(AgentTest, TellsTheReasonForWhichItIsRefused) {
  collector_->SetBehaviour(
      {.refusal = {grpc::StatusCode::PERMISSION_DENIED, "agent office is revoked"}});
  StartAgent();
  EXPECT_TRUE(log_.WaitFor("refused us: agent office is revoked; next try in "));
}

TEST_F(AgentTest, TellsThatTheCollectorsCertificateIsNotOfOurCa) {
  const CertificateAuthority other("Other CA");
  ReplaceCollector(ca_, other.Issue({.names = {"localhost"}}));
  StartAgent();
  EXPECT_TRUE(log_.WaitFor("our CA does not vouch for the certificate of 127.0.0.1:"))
      << log_.Text();
  EXPECT_TRUE(collector_->Seen().hellos.empty());
}

TEST_F(AgentTest, TellsThatTheCollectorsCertificateHasAnotherName) {
  ReplaceCollector(ca_, ca_.Issue({.names = {"elsewhere.example"}}));
  StartAgent();
  EXPECT_TRUE(log_.WaitFor("is not named \"localhost\" by its certificate")) << log_.Text();
  EXPECT_TRUE(collector_->Seen().hellos.empty());
}

TEST_F(AgentTest, TellsThatTheCollectorDoesNotTakeItsCertificate) {
  const CertificateAuthority other("Other CA");
  ReplaceCollector(other, collector_identity_);
  StartAgent();
  EXPECT_TRUE(log_.WaitFor("does its CA vouch for spiffe://example/agent/office?")) << log_.Text();
  EXPECT_TRUE(collector_->Seen().hellos.empty());
}

TEST_F(AgentTest, LeavesWhenAskedAndComesBack) {
  StartAgent();
  SendPlanAndProbe();
  ASSERT_TRUE(WaitForResults(1));
  v1::CollectorMessage drain;
  drain.mutable_drain()->mutable_deadline()->set_seconds(5);
  collector_->Send(drain);
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return r.streams_ended == 1; }));
  EXPECT_EQ(collector_->Seen().drained, 1);
  EXPECT_TRUE(collector_->WaitFor([](const Received& r) { return r.hellos.size() == 2; }));
  EXPECT_THAT(log_.Text(), HasSubstr("asked us to leave"));
}

TEST_F(AgentTest, SaysFarewellWhenEverythingIsDelivered) {
  StartAgent();
  SendPlanAndProbe();
  ASSERT_TRUE(WaitForResults(1));
  StopAgent();
  EXPECT_EQ(collector_->Seen().drained, 1);
  EXPECT_THAT(log_.Text(), HasSubstr("stopped: 0 results left unacknowledged"));
}

TEST_F(AgentTest, StopsInTimeWhenTheCollectorNeverAcknowledges) {
  collector_->SetBehaviour({.refusal = {}, .commits = false});
  StartAgent();
  SendPlanAndProbe();
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return !r.reports.empty(); }));
  ASSERT_TRUE(log_.WaitFor("in force"));
  const auto took = StopAgent();
  EXPECT_LT(took, std::chrono::milliseconds(5'000));
  EXPECT_THAT(log_.Text(), HasSubstr("results left unacknowledged"));
}

TEST_F(AgentTest, StopsWhileTheCollectorIsAway) {
  Settings settings = OfficeSettings();
  collector_.reset();
  StartAgent(std::move(settings));
  ASSERT_TRUE(log_.WaitFor("next try in "));
  EXPECT_LT(StopAgent(), std::chrono::milliseconds(1'000));
}

TEST_F(AgentTest, TakesOverARenewedIdentity) {
  StartAgent();
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return !r.statuses.empty(); }));
  office_ = ca_.Issue(AgentCertificate("example", "office"));
  EXPECT_TRUE(Reload(OfficeSettings()).ok());
  EXPECT_TRUE(collector_->WaitFor([](const Received& r) { return r.hellos.size() == 2; }));
  EXPECT_EQ(collector_->Seen().drained, 1);
}

TEST_F(AgentTest, KeepsTheOldConfigurationWhenTheNewOneIsAnotherAgents) {
  StartAgent();
  ASSERT_TRUE(collector_->WaitFor([](const Received& r) { return !r.statuses.empty(); }));
  office_ = ca_.Issue(AgentCertificate("example", "vpn"));
  const absl::Status status = Reload(OfficeSettings());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("is of spiffe://example/agent/vpn, but this agent is "
                        "spiffe://example/agent/office; restart it"));
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
