// Who may ask the collector over the network, who may not and why, and what becomes of those who no
// longer may: real TLS, real gRPC.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "collector/grpc_log.h"
#include "common/clock.h"
#include "common/identity/key.h"
#include "common/sqlite/sqlite.h"
#include "relaywatch/v1/admin.grpc.pb.h"
#include "relaywatch/v1/enrollment.grpc.pb.h"
#include "relaywatch/v1/query.grpc.pb.h"
#include "tests/support/captured_log.h"
#include "tests/unit/collector/collector_host.h"
#include "tests/unit/collector/messages.h"
#include "tests/unit/collector/requests.h"

namespace relaywatch::collector::testing {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;

support::CertificateSpec OperatorCertificate(const std::string& name) {
  return {.common_name = name,
          .uris = {"spiffe://example/operator/" + name},
          .purpose = support::Purpose::kClient};
}

// For one call.
struct Deadline : grpc::ClientContext {
  Deadline() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20)); }
};

class Deployment {
 public:
  explicit Deployment(PkiKind pki) : host_(CollectorHost::DefaultPlan(), pki) {}

  CollectorHost& host() { return host_; }
  std::unique_ptr<v1::Admin::Stub> Admin() const {
    return v1::Admin::NewStub(
        grpc::CreateChannel("unix:" + host_.admin_socket(), grpc::InsecureChannelCredentials()));
  }
  // To this port of the collector; without a credential no client certificate is shown.
  std::shared_ptr<grpc::Channel> Channel(int port,
                                         const std::optional<support::Credential>& credential) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = host_.ca_pem();
    if (credential) {
      tls.pem_private_key = credential->key_pem;
      tls.pem_cert_chain = credential->certificate_pem;
    }
    return grpc::CreateChannel(fmt::format("localhost:{}", port), grpc::SslCredentials(tls));
  }
  std::shared_ptr<grpc::Channel> Operators(const std::optional<support::Credential>& credential) {
    return Channel(host_.collector().operators_port(), credential);
  }
  static grpc::Status AskMatrix(const std::shared_ptr<grpc::Channel>& channel) {
    Deadline context;
    v1::MatrixResponse response;
    return v1::Query::NewStub(channel)->Matrix(&context, {}, &response);
  }
  grpc::Status AskMatrix(const std::optional<support::Credential>& credential) {
    return AskMatrix(Operators(credential));
  }
  // Signed by the collector; only for one with a PKI of its own.
  grpc::Status Create(const std::string& name, const std::string& csr,
                      v1::CreateOperatorResponse& made) const {
    Deadline context;
    v1::CreateOperatorRequest request;
    request.set_name(name);
    request.set_csr(csr);
    return Admin()->CreateOperator(&context, request, &made);
  }
  support::Credential Create(const std::string& name) const {
    const auto key = MakeKey();
    v1::CreateOperatorResponse made;
    const grpc::Status status = Create(name, *MakeRequest(key->get()), made);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {x509::ToPem(key->get()), made.chain_pem()};
  }
  grpc::Status Revoke(const std::string& name, bool* was_known = nullptr) const {
    Deadline context;
    v1::RevokeOperatorRequest request;
    request.set_name(name);
    request.set_reason("end of the test");
    v1::RevokeOperatorResponse response;
    const grpc::Status status = Admin()->RevokeOperator(&context, request, &response);
    if (was_known != nullptr) *was_known = response.was_known();
    return status;
  }
  std::int64_t Audited(const std::string& act, const std::string& object) {
    auto database = sqlite::Database::Open(host_.data_file("fleet.sqlite"));
    return *database->Integer(
        fmt::format("SELECT count(*) FROM audit WHERE act = '{}' AND object = '{}' AND who = "
                    "'admin'",
                    act, object));
  }

 private:
  CollectorHost host_;
};

struct Case {
  const char* name;
  std::optional<support::Credential> (*credential)(const support::CertificateAuthority& ca);
  StatusCode code;
  const char* peer_hears;
  const char* collector_logs;
};

class OperatorRefusal : public ::testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() { ShowGrpcLog(); }
};

TEST_P(OperatorRefusal, IsToldOnBothSides) {
  const support::CapturedLog log;
  Deployment deployment(PkiKind::kOutside);
  const auto& ca = deployment.host().ca();
  const grpc::Status status = deployment.AskMatrix(GetParam().credential(ca));
  EXPECT_EQ(status.error_code(), GetParam().code) << status.error_message();
  EXPECT_THAT(status.error_message(), HasSubstr(GetParam().peer_hears));
  EXPECT_TRUE(log.WaitFor(GetParam().collector_logs)) << log.Text();
  const grpc::Status good = deployment.AskMatrix(ca.Issue(OperatorCertificate("alice")));
  EXPECT_TRUE(good.ok()) << good.error_message();
}

using Issuer = support::CertificateAuthority;

const Case kCases[] = {
    {"NoCertificate",
     [](const Issuer&) -> std::optional<support::Credential> { return std::nullopt; },
     StatusCode::UNAVAILABLE, "", "tls: a peer was refused: peer did not return a certificate"},
    {"AnotherCa",
     [](const Issuer&) -> std::optional<support::Credential> {
       return Issuer("other").Issue(OperatorCertificate("alice"));
     },
     StatusCode::UNAVAILABLE, "", "tls: a peer was refused: certificate verify failed"},
    {"Expired",
     [](const Issuer& ca) -> std::optional<support::Credential> {
       support::CertificateSpec spec = OperatorCertificate("alice");
       spec.valid_until = -std::chrono::hours(1);
       return ca.Issue(spec);
     },
     StatusCode::UNAVAILABLE, "", "tls: a peer was refused: certificate verify failed"},
    {"AServersCertificate",
     [](const Issuer& ca) -> std::optional<support::Credential> {
       support::CertificateSpec spec = OperatorCertificate("alice");
       spec.purpose = support::Purpose::kServer;
       return ca.Issue(spec);
     },
     StatusCode::UNAVAILABLE, "", "tls: a peer was refused: certificate verify failed"},
    {"AnAgents",
     [](const Issuer& ca) -> std::optional<support::Credential> {
       return ca.Issue(support::AgentCertificate("example", "office"));
     },
     StatusCode::PERMISSION_DENIED, "is an agent, not an operator of this deployment",
     "refused: \"spiffe://example/agent/office\" is an agent, not an operator"},
    {"TwoUriNames",
     [](const Issuer& ca) -> std::optional<support::Credential> {
       support::CertificateSpec spec = OperatorCertificate("alice");
       spec.uris.emplace_back("spiffe://example/operator/bob");
       return ca.Issue(spec);
     },
     StatusCode::PERMISSION_DENIED, "2 URI names, not exactly one spiffe://example/operator/NAME",
     "refused: the client"},
    {"NoUriName",
     [](const Issuer& ca) -> std::optional<support::Credential> {
       return ca.Issue({.names = {"alice"}, .purpose = support::Purpose::kClient});
     },
     StatusCode::PERMISSION_DENIED, "no URI names", "refused: the client"},
    {"AnotherDeployment",
     [](const Issuer& ca) -> std::optional<support::Credential> {
       support::CertificateSpec spec = OperatorCertificate("alice");
       spec.uris = {"spiffe://elsewhere/operator/alice"};
       return ca.Issue(spec);
     },
     StatusCode::PERMISSION_DENIED, "is not an operator of this deployment",
     "refused: \"spiffe://elsewhere"},
};
INSTANTIATE_TEST_SUITE_P(Table, OperatorRefusal, ::testing::ValuesIn(kCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Operators, ACertificateOfTheCollectorLetsIn) {
  Deployment deployment(PkiKind::kOwn);
  const support::Credential alice = deployment.Create("alice");
  const auto chain = x509::ReadCertificates(alice.certificate_pem);
  ASSERT_EQ(chain.size(), 2u);
  X509* leaf = chain.front().get();
  EXPECT_THAT(x509::UriNames(leaf), ::testing::ElementsAre("spiffe://example/operator/alice"));
  EXPECT_EQ(X509_get_extended_key_usage(leaf), static_cast<std::uint32_t>(XKU_SSL_CLIENT));
  const std::int64_t days = (x509::NotAfter(leaf) - SystemClock().Now().wall_ms / 1000) / 86'400;
  EXPECT_TRUE(days == 89 || days == 90) << days;
  const grpc::Status status = deployment.AskMatrix(alice);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(deployment.Audited("operator create", "alice"), 1);
}

TEST(Operators, OnlyTheQueryServiceIsServed) {
  Deployment deployment(PkiKind::kOwn);
  const auto channel = deployment.Operators(deployment.Create("alice"));
  Deadline admin;
  v1::ListTokensResponse tokens;
  EXPECT_EQ(v1::Admin::NewStub(channel)->ListTokens(&admin, {}, &tokens).error_code(),
            StatusCode::UNIMPLEMENTED);
  Deadline renewal;
  v1::IssuedCertificate issued;
  EXPECT_EQ(v1::Renewal::NewStub(channel)->Renew(&renewal, {}, &issued).error_code(),
            StatusCode::UNIMPLEMENTED);
}

TEST(Operators, AreNoAgents) {
  Deployment deployment(PkiKind::kOwn);
  const support::Credential alice = deployment.Create("alice");
  TestAgent agent(deployment.host(), alice);
  agent.Send(HelloOf(1));
  const grpc::Status stream = agent.Finish();
  EXPECT_EQ(stream.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(stream.error_message(), HasSubstr("is an operator, not an agent"));
  Deadline context;
  v1::RenewRequest request;
  request.set_csr(PlainRequest(MakeKey()->get()));
  v1::IssuedCertificate issued;
  const auto agents = deployment.Channel(deployment.host().collector().agents_port(), alice);
  const grpc::Status renewed = v1::Renewal::NewStub(agents)->Renew(&context, request, &issued);
  EXPECT_EQ(renewed.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(renewed.error_message(), HasSubstr("is an operator, not an agent"));
}

TEST(Operators, ARevokedOneIsRefusedOnTheConnectionItHas) {
  Deployment deployment(PkiKind::kOwn);
  const support::Credential alice = deployment.Create("alice");
  const support::Credential bob = deployment.Create("bob");
  const auto channel = deployment.Operators(alice);
  ASSERT_TRUE(Deployment::AskMatrix(channel).ok());
  ASSERT_TRUE(deployment.Revoke("alice").ok());
  const grpc::Status refused = Deployment::AskMatrix(channel);
  EXPECT_EQ(refused.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(refused.error_message(), "operator alice was revoked");
  EXPECT_TRUE(deployment.AskMatrix(bob).ok());
  EXPECT_EQ(deployment.Audited("operator revoke", "alice"), 1);
  EXPECT_EQ(deployment.Revoke("alice").error_code(), StatusCode::ALREADY_EXISTS);

  deployment.host().Restart();
  EXPECT_EQ(deployment.AskMatrix(alice).error_code(), StatusCode::PERMISSION_DENIED);
  v1::CreateOperatorResponse made;
  const grpc::Status again = deployment.Create("alice", PlainRequest(MakeKey()->get()), made);
  EXPECT_EQ(again.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(again.error_message(), HasSubstr("choose another name"));
}

TEST(Operators, OfAnOutsidePkiAreRevokedByName) {
  Deployment deployment(PkiKind::kOutside);
  const auto alice = deployment.host().ca().Issue(OperatorCertificate("alice"));
  ASSERT_TRUE(deployment.AskMatrix(alice).ok());
  bool was_known = true;
  ASSERT_TRUE(deployment.Revoke("alice", &was_known).ok());
  EXPECT_FALSE(was_known);
  EXPECT_EQ(deployment.AskMatrix(alice).error_code(), StatusCode::PERMISSION_DENIED);
  v1::CreateOperatorResponse made;
  const grpc::Status unsigned_here = deployment.Create("bob", PlainRequest(MakeKey()->get()), made);
  EXPECT_EQ(unsigned_here.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(unsigned_here.error_message(), HasSubstr("no `issuer`"));
}

// The `i`-th of `batches` with as many results, one a second up to now.
v1::AgentMessage SecondsAgo(int i, int batches, int results) {
  const auto first_seq = static_cast<std::uint64_t>(i) * results + 1;
  v1::AgentMessage message =
      i == 0 ? FirstBatch(1, first_seq, results, PathTo(1, "office"), SubmissionFacts({}))
             : BatchOf(1, first_seq, results);
  v1::Batch& batch = *message.mutable_batch();
  batch.set_boot_id(0);  // the times are taken as they are
  const std::int64_t begin =
      SystemClock().Now().wall_ms - std::int64_t{batches - i} * results * 1'000;
  for (int k = 0; k < results; ++k) {
    batch.mutable_results(k)->set_wall_ms(begin + std::int64_t{k} * 1'000);
  }
  return message;
}

// The export has begun and waits for its reader when the access ends.
TEST(Operators, RevokingEndsAnExport) {
  constexpr int kBatches = 5;
  constexpr int kResults = 5'000;
  Deployment deployment(PkiKind::kOutside);
  CollectorHost& host = deployment.host();
  TestAgent agent(host, host.AgentCredential("office"));
  agent.Send(HelloOf(1));
  for (int i = 0; i < kBatches; ++i) agent.Send(SecondsAgo(i, kBatches, kResults));
  while (const std::uint64_t durable = agent.ReceiveAck()) {
    if (durable == kBatches * kResults) break;
  }
  ASSERT_EQ(host.Sql("SELECT count(*) FROM results"), kBatches * kResults);
  const auto stub =
      v1::Query::NewStub(deployment.Operators(host.ca().Issue(OperatorCertificate("alice"))));
  Deadline context;
  const auto stream = stub->Export(&context, {});
  v1::ExportBatch batch;
  ASSERT_TRUE(stream->Read(&batch));
  int rows = batch.rows_size();
  ASSERT_TRUE(deployment.Revoke("alice").ok());
  while (stream->Read(&batch)) rows += batch.rows_size();
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED) << status.error_message();
  EXPECT_LT(rows, kBatches * kResults);
}

TEST(Operators, AQuestionOverTheLimitIsRefusedAndOthersGoOn) {
  Deployment deployment(PkiKind::kOutside);
  const auto channel =
      deployment.Operators(deployment.host().ca().Issue(OperatorCertificate("alice")));
  Deadline context;
  v1::MatrixRequest request;
  request.mutable_filter()->add_locations(std::string(65 * 1024, 'x'));
  v1::MatrixResponse response;
  EXPECT_EQ(v1::Query::NewStub(channel)->Matrix(&context, request, &response).error_code(),
            StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Deployment::AskMatrix(channel).ok());
}

TEST(Operators, ACertificateIsNotSignedForWhatIsNoNameOrAsksForOne) {
  const Deployment deployment(PkiKind::kOwn);
  v1::CreateOperatorResponse made;
  const std::string csr = PlainRequest(MakeKey()->get());
  for (const std::string& name : {std::string(), std::string("a/b"), std::string("a b"),
                                  std::string("../agent/x"), std::string(64, 'a')}) {
    EXPECT_EQ(deployment.Create(name, csr, made).error_code(), StatusCode::INVALID_ARGUMENT)
        << name;
  }
  const grpc::Status names = deployment.Create("alice", RequestWithUri(MakeKey()->get()), made);
  EXPECT_EQ(names.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(names.error_message(), HasSubstr("asks for names"));
}

TEST(Operators, ARenewedCollectorGoesOnWithThem) {
  Deployment deployment(PkiKind::kOwn);
  const support::Credential alice = deployment.Create("alice");
  std::filesystem::remove(deployment.host().data_file("pki/collector.pem"));
  deployment.host().collector().RenewCertificates();
  const grpc::Status status = deployment.AskMatrix(alice);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(deployment.AskMatrix(deployment.Create("bob")).ok());
}

}  // namespace
}  // namespace relaywatch::collector::testing
