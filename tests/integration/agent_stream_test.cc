// The agent and its collector: what a broken, absent or wrong one does to it, and how it leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/host_name.h"
#include "tests/integration/agent_fixture.h"
#include "tests/support/process.h"

namespace relaywatch::agent {
namespace {

using support::AgentCertificate;
using support::CertificateAuthority;
using support::Eventually;
using testing::HasSubstr;

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

}  // namespace
}  // namespace relaywatch::agent
