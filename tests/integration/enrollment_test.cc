// The life of an agent's identity, with the agent's real client and the collector's real listeners:
// enrolled by a token, renewed with a new key, recovered after it expired, revoked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "common/identity/enrollment_token.h"
#include "common/identity/key.h"
#include "common/sqlite/sqlite.h"
#include "tests/integration/enrollment_host.h"
#include "tests/support/captured_log.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::testing {
namespace {

using collector::testing::HelloOf;
using collector::testing::TestAgent;
using ::testing::HasSubstr;
using ::testing::Not;

class EnrollmentTest : public ::testing::Test {
 protected:
  grpc::Status StreamOf(const support::Credential& credential) {
    TestAgent agent(deployment_.host(), credential);
    agent.Send(HelloOf(1));
    const auto welcome = agent.Receive();
    if (welcome && welcome->has_welcome()) return grpc::Status::OK;
    return agent.Finish();
  }
  void ExecuteOnRegistry(const std::string& sql) {
    auto database = sqlite::Database::Open(deployment_.host().data_file("fleet.sqlite"));
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(database->Execute("PRAGMA busy_timeout = 5000").ok());
    ASSERT_TRUE(database->Execute(sql).ok());
  }
  v1::ListAgentsResponse Agents() {
    grpc::ClientContext context;
    v1::ListAgentsResponse response;
    EXPECT_TRUE(deployment_.Admin()->ListAgents(&context, {}, &response).ok());
    return response;
  }
  // An identity that was in force and is not any more: entered as an agent of ours.
  EnrolledAgent Expired(std::int64_t seconds_ago) {
    deployment_.AgePki(40 * 86'400);
    EnrolledAgent agent;
    agent.name = "by-hand";
    agent.credential = deployment_.IssueByHand([&](collector::CertificateSpec& spec) {
      spec.not_after = std::time(nullptr) - seconds_ago;
      spec.not_before = spec.not_after - 60;
    });
    agent.identity = {.key_pem = agent.credential.key_pem,
                      .chain_pem = agent.credential.certificate_pem,
                      .ca_pem = deployment_.host().ca_pem()};
    ExecuteOnRegistry(
        "INSERT INTO agent (name, host_name, version, location, token, first_key, enrolled_ms, "
        "serial, not_after) VALUES ('by-hand', '', '', '', 't', x'', 1, '', 1)");
    return agent;
  }
  absl::StatusOr<v1::IssuedCertificate> Recover(const EnrolledAgent& agent) {
    return agent::CertificateClient(deployment_.AgentConfig())
        .Recover(agent.identity, new_key_.get());
  }

  EnrollmentHost deployment_;
  x509::Key new_key_ = *MakeKey();
};

TEST_F(EnrollmentTest, ATokenMakesAnAgentThatMayConnect) {
  const EnrolledAgent agent = deployment_.Enrol("office");
  EXPECT_TRUE(StreamOf(agent.credential).ok());
  const auto agents = Agents();
  ASSERT_EQ(agents.agents_size(), 1);
  EXPECT_EQ(agents.agents(0).agent(), agent.name);
  EXPECT_EQ(agents.agents(0).location(), "office");
  EXPECT_NE(agents.agents(0).host_name(), "");
  EXPECT_EQ(agents.agents(0).certificate_not_after().seconds(), agent.identity.not_after);
}

TEST_F(EnrollmentTest, TheSameKeyMayAskAgainWhenTheAnswerWasLost) {
  const std::string token = deployment_.CreateToken();
  agent::CertificateClient client(deployment_.AgentConfig());
  const auto first = client.Enroll(token, new_key_.get());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = client.Enroll(token, new_key_.get());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->agent(), first->agent());
}

TEST_F(EnrollmentTest, ATokenIsNotShownToAnotherCollector) {
  EnrollmentHost other;
  agent::CertificateClient client(other.AgentConfig());
  const auto refused = client.Enroll(deployment_.CreateToken(), new_key_.get());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("does not show the CA that the token pins"));
}

TEST_F(EnrollmentTest, ACollectorOfAnotherNameDoesNotGetTheToken) {
  agent::Config config = deployment_.AgentConfig();
  config.collector_name = "collector.example.com";
  const std::string token = deployment_.CreateToken();
  const auto refused = agent::CertificateClient(config).Enroll(token, new_key_.get());
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("is not named \"collector.example.com\""));
  EXPECT_TRUE(agent::CertificateClient(deployment_.AgentConfig())
                  .Enroll(token, new_key_.get())
                  .ok());  // it is unused
}

TEST_F(EnrollmentTest, RenewsWithANewKeyAndKeepsTheName) {
  const EnrolledAgent agent = deployment_.Enrol();
  const auto renewed =
      agent::CertificateClient(deployment_.AgentConfig()).Renew(agent.identity, new_key_.get());
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_EQ(renewed->agent(), agent.name);
  EXPECT_NE(renewed->chain_pem(), agent.credential.certificate_pem);
  EXPECT_TRUE(StreamOf({x509::ToPem(new_key_.get()), renewed->chain_pem()}).ok());
}

TEST_F(EnrollmentTest, WhatExpiredWithinThirtyDaysComesBack) {
  const auto recovered = Recover(Expired(29 * 86'400));
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->agent(), "by-hand");
  EXPECT_TRUE(StreamOf({x509::ToPem(new_key_.get()), recovered->chain_pem()}).ok());
}

TEST_F(EnrollmentTest, WhatExpiredLongerAgoDoesNot) {
  const auto refused = Recover(Expired(31 * 86'400));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("more than 30 days ago"));
}

TEST_F(EnrollmentTest, WithoutTheOldKeyNothingComesBack) {
  EnrolledAgent agent = Expired(60);
  agent.identity.key_pem = x509::ToPem(MakeKey()->get());
  const auto refused = Recover(agent);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("does not hold"));
}

TEST_F(EnrollmentTest, ANonceIsGoodForOneProof) {
  const EnrolledAgent agent = Expired(60);
  const auto stub = deployment_.RawEnrollment();
  v1::ChallengeResponse challenge;
  grpc::ClientContext asking;
  ASSERT_TRUE(stub->Challenge(&asking, {}, &challenge).ok());
  v1::RecoverRequest request;
  request.set_chain_pem(agent.identity.chain_pem);
  request.set_csr(*MakeRequest(new_key_.get()));
  request.set_nonce(challenge.nonce());
  request.set_proof(
      *SignBytes(x509::ReadKey(agent.identity.key_pem).get(), challenge.nonce() + request.csr()));
  v1::IssuedCertificate issued;
  grpc::ClientContext first;
  EXPECT_TRUE(stub->Recover(&first, request, &issued).ok());
  grpc::ClientContext second;
  const auto replayed = stub->Recover(&second, request, &issued);
  EXPECT_EQ(replayed.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(replayed.error_message(), HasSubstr("was used before"));
}

TEST_F(EnrollmentTest, RevokingEndsTheStreamAtOnceAndForGood) {
  const EnrolledAgent enrolled = deployment_.Enrol();
  TestAgent agent(deployment_.host(), enrolled.credential);
  agent.Send(HelloOf(1));
  ASSERT_TRUE(agent.Receive()->has_welcome());
  ASSERT_TRUE(deployment_.RevokeAgent(enrolled.name).ok());
  const grpc::Status ended = agent.Finish();
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ended.error_message(), "agent " + enrolled.name + " was revoked");

  EXPECT_EQ(StreamOf(enrolled.credential).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  const auto renewal =
      agent::CertificateClient(deployment_.AgentConfig()).Renew(enrolled.identity, new_key_.get());
  EXPECT_THAT(std::string(renewal.status().message()), HasSubstr("was revoked"));
  EXPECT_EQ(Agents().agents(0).state(), "revoked");
  EXPECT_EQ(deployment_.host().Metric("relaywatch_agents{location=\"unknown\",state=\"revoked\"}"),
            1);
}

TEST_F(EnrollmentTest, ARevocationOutlivesARestart) {
  const EnrolledAgent enrolled = deployment_.Enrol();
  ASSERT_TRUE(deployment_.RevokeAgent(enrolled.name).ok());
  deployment_.host().Restart();
  EXPECT_EQ(StreamOf(enrolled.credential).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Agents().agents(0).state(), "revoked");
}

// By hand in the database, while its stream is up and its agent does not read.
TEST_F(EnrollmentTest, TheSweepEndsWhatTheDatabaseRevoked) {
  const EnrolledAgent enrolled = deployment_.Enrol();
  TestAgent agent(deployment_.host(), enrolled.credential);
  agent.Send(HelloOf(1));
  ASSERT_TRUE(agent.Receive()->has_welcome());
  ExecuteOnRegistry("UPDATE agent SET revoked_ms = 1");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(agent.Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
}

TEST_F(EnrollmentTest, AnAgentOfAnotherIssuerIsListedAndRevokedByName) {
  const auto credential = deployment_.IssueByHand([](collector::CertificateSpec& spec) {
    spec.names = {"URI:spiffe://example/agent/printer-room"};
  });
  TestAgent agent(deployment_.host(), credential);
  agent.Send(HelloOf(1));
  ASSERT_TRUE(agent.Receive()->has_welcome());
  ASSERT_EQ(Agents().agents_size(), 1);
  EXPECT_EQ(Agents().agents(0).agent(), "printer-room");
  ASSERT_TRUE(deployment_.RevokeAgent("printer-room").ok());
  EXPECT_EQ(agent.Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(EnrollmentTest, ARenewedCollectorGoesOnWithItsAgents) {
  const EnrolledAgent enrolled = deployment_.Enrol();
  const std::string file = deployment_.host().data_file("pki/collector.pem");
  const std::string before = support::ReadFile(file);
  std::filesystem::remove(file);
  deployment_.collector().RenewCertificates();
  EXPECT_NE(support::ReadFile(file), before);
  EXPECT_TRUE(StreamOf(enrolled.credential).ok());
  deployment_.Enrol();
}

TEST_F(EnrollmentTest, SecretsDoNotReachTheLog) {
  const support::CapturedLog log;
  const std::string token = deployment_.CreateToken();
  agent::CertificateClient client(deployment_.AgentConfig());
  ASSERT_TRUE(client.Enroll(token, new_key_.get()).ok());
  (void)client.Enroll(token, MakeKey()->get());
  EXPECT_THAT(log.Text(), HasSubstr("used up"));
  EXPECT_THAT(log.Text(), Not(HasSubstr(token.substr(4, 20))));
}

}  // namespace
}  // namespace relaywatch::testing
