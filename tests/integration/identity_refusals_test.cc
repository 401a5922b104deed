// Everybody who is not to be trusted is refused, and both sides know why: the table of the fleet's
// security.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "agent/uplink/channel.h"
#include "collector/grpc_log.h"
#include "common/identity/key.h"
#include "common/sqlite/sqlite.h"
#include "tests/integration/agent_peer.h"
#include "tests/integration/enrollment_host.h"
#include "tests/support/captured_log.h"
#include "tests/unit/collector/messages.h"
#include "tests/unit/collector/requests.h"

namespace relaywatch::testing {
namespace {

using collector::CertificateSpec;
using collector::testing::HelloOf;
using collector::testing::TestAgent;
using ::testing::HasSubstr;

class Deployment : public EnrollmentHost {
 public:
  // How a stream with this credential ends, in the agent's words.
  std::string Stream(const std::optional<support::Credential>& credential) {
    TestAgent agent(host(), credential);
    agent.Send(HelloOf(1));
    return agent::Explain(agent.Finish(), {"collector", "localhost", {}});
  }

  std::string StreamAfter(const v1::AgentMessage& message) {
    TestAgent agent(host(), Enrol().credential);
    agent.Send(HelloOf(1));
    agent.Send(message);
    return agent::Explain(agent.Finish(), {"collector", "localhost", {}});
  }

  // How enrolling ends, in the agent's words.
  std::string Enroll(const std::string& token, const std::string& location = "") {
    agent::CertificateClient client(AgentConfig(location));
    return std::string(client.Enroll(token, MakeKey()->get()).status().message());
  }

  std::string EnrollWith(const std::string& csr) {
    v1::EnrollRequest request;
    request.set_token(CreateToken());
    request.set_csr(csr);
    grpc::ClientContext context;
    v1::IssuedCertificate issued;
    return agent::Explain(RawEnrollment()->Enroll(&context, request, &issued),
                          {"collector", "localhost", {}});
  }

  // How renewing ends at a peer that has an agent's certificate, even with the collector's name.
  std::string RenewAtImpostor() {
    const EnrolledAgent agent = Enrol();
    const support::Credential impostor =
        IssueByHand([](CertificateSpec& spec) { spec.names.emplace_back("DNS:localhost"); });
    const agent::TestCollector peer(support::CertificateAuthority("unused"), impostor);
    agent::Config config = AgentConfig();
    config.collector = fmt::format("127.0.0.1:{}", peer.port());
    return std::string(agent::CertificateClient(config)
                           .Renew(agent.identity, MakeKey()->get())
                           .status()
                           .message());
  }

  void ChangeTokens(const std::string& assignment) {
    auto database = sqlite::Database::Open(host().data_file("fleet.sqlite"));
    ASSERT_TRUE(database->Execute("PRAGMA busy_timeout = 5000").ok());
    ASSERT_TRUE(database->Execute("UPDATE token SET " + assignment).ok());
  }
};

struct Case {
  const char* name;
  std::string (*attempt)(Deployment&);
  const char* agent_hears;
  const char* collector_logs;
};

class IdentityRefusal : public ::testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() { collector::ShowGrpcLog(); }
};

TEST_P(IdentityRefusal, IsToldOnBothSides) {
  const support::CapturedLog log;
  Deployment deployment;
  EXPECT_THAT(GetParam().attempt(deployment), HasSubstr(GetParam().agent_hears));
  EXPECT_TRUE(log.WaitFor(GetParam().collector_logs)) << log.Text();
  deployment.Enrol();  // and it still serves who is to be trusted
}

std::string Csr(std::string (*make)(EVP_PKEY*)) { return make(MakeKey()->get()); }

std::string CsrOf(EVP_PKEY* made) {
  const x509::Key key(made);
  return collector::testing::PlainRequest(key.get());
}

const Case kCases[] = {
    {"NoClientCertificate", [](Deployment& d) { return d.Stream(std::nullopt); },
     "certificate trouble", "tls: a peer was refused: peer did not return a certificate"},
    {"AnotherCa",
     [](Deployment& d) {
       return d.Stream(support::CertificateAuthority("other").Issue(
           support::AgentCertificate("example", "office")));
     },
     "certificate trouble", "tls: a peer was refused: certificate verify failed"},
    {"Expired",
     [](Deployment& d) {
       return d.Stream(
           d.IssueByHand([](CertificateSpec& spec) { spec.not_after = std::time(nullptr) - 60; }));
     },
     "certificate trouble", "tls: a peer was refused: certificate verify failed"},
    {"Revoked",
     [](Deployment& d) {
       const EnrolledAgent agent = d.Enrol();
       EXPECT_TRUE(d.RevokeAgent(agent.name).ok());
       return d.Stream(agent.credential);
     },
     "was revoked", "was revoked"},
    {"TwoUriNames",
     [](Deployment& d) {
       return d.Stream(d.IssueByHand([](CertificateSpec& spec) {
         spec.names.emplace_back("URI:spiffe://example/agent/two");
       }));
     },
     "2 URI names, not exactly one", "2 URI names, not exactly one"},
    {"ServersCertificateAsAgent",
     [](Deployment& d) {
       return d.Stream(d.IssueByHand(
           [](CertificateSpec& spec) { spec.kind = collector::CertificateKind::kServer; }));
     },
     "certificate trouble", "tls: a peer was refused: certificate verify failed"},
    {"TokenUsedTwice",
     [](Deployment& d) {
       const std::string token = d.CreateToken();
       EXPECT_EQ(d.Enroll(token), "");
       return d.Enroll(token);
     },
     "refused us: the token is used up (1 of 1 uses)", "the token is used up"},
    {"TokenExpired",
     [](Deployment& d) {
       const std::string token = d.CreateToken();
       d.ChangeTokens("expires_ms = 1000");
       return d.Enroll(token);
     },
     "refused us: the token expired at 1970", "the token expired at 1970"},
    {"TokenRevoked",
     [](Deployment& d) {
       const std::string token = d.CreateToken();
       d.ChangeTokens("revoked_ms = 1");
       return d.Enroll(token);
     },
     "refused us: the token was revoked", "the token was revoked"},
    {"TokenForAnotherLocation",
     [](Deployment& d) { return d.Enroll(d.CreateToken("office"), "home"); },
     "the token is for location \"office\", not \"home\"", "is for location \"office\""},
    {"CsrWithSubject",
     [](Deployment& d) { return d.EnrollWith(Csr(collector::testing::RequestWithSubject)); },
     "asks for names: it has a subject", "asks for names: it has a subject"},
    {"CsrWithForeignUri",
     [](Deployment& d) { return d.EnrollWith(Csr(collector::testing::RequestWithUri)); },
     "asks for names", "asks for names"},
    {"CsrWithBadSignature",
     [](Deployment& d) { return d.EnrollWith(Csr(collector::testing::RequestWithBadSignature)); },
     "is not signed with its own key", "is not signed with its own key"},
    {"CsrWithRsaKey", [](Deployment& d) { return d.EnrollWith(CsrOf(EVP_RSA_gen(2048))); },
     "is not P-256", "is not P-256"},
    {"CsrWithAnotherCurve", [](Deployment& d) { return d.EnrollWith(CsrOf(EVP_EC_gen("P-384"))); },
     "is not P-256", "is not P-256"},
    {"MessageOverTheLimit",
     [](Deployment& d) { return d.StreamAfter(collector::testing::BatchOf(1, 1, 20'000)); },
     "refused us: a message of 800", "bytes is over the limit"},
    {"EnrolmentOverTheLimit",
     [](Deployment& d) { return d.EnrollWith(std::string(65 * 1024, 'x')); },
     "refused us: a request of 66", "bytes is over the limit"},
    // What a collector logs that was given an agent's identity by force; a real one does not start
    // with it (collector_program_test.cc).
    {"AgentsCertificateAsCollector", [](Deployment& d) { return d.RenewAtImpostor(); },
     "certificate trouble: our CA does not vouch for the certificate of",
     "hung up in the TLS handshake; does it trust our certificate?"},
};
INSTANTIATE_TEST_SUITE_P(Table, IdentityRefusal, ::testing::ValuesIn(kCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

// So far over it that only gRPC has seen it, and the agent alone is told.
TEST(IdentityRefusals, AMessageFarOverTheLimitIsRefused) {
  Deployment deployment;
  EXPECT_THAT(deployment.EnrollWith(std::string(300 * 1024, 'x')), HasSubstr("larger than max"));
  EXPECT_THAT(deployment.StreamAfter(collector::testing::BatchOf(1, 1, 200'000)),
              HasSubstr("larger than max"));
}

}  // namespace
}  // namespace relaywatch::testing
