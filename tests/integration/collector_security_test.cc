// Who may speak, and what happens to those who speak nonsense: real TLS, real gRPC. Whatever a
// stranger or a broken agent does, the others go on.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/unit/collector/collector_host.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;

class CollectorSecurity : public ::testing::Test {
 protected:
  grpc::Status StatusFor(const std::optional<support::Credential>& credential) {
    TestAgent agent(host_, credential);
    agent.Send(HelloOf(1));
    return agent.Finish();
  }
  // The end of a connected agent's stream after one more message.
  grpc::Status StatusAfter(const v1::AgentMessage& message) {
    TestAgent agent(host_, host_.AgentCredential("office"));
    agent.Send(HelloOf(1));
    agent.Send(message);
    return agent.Finish();
  }
  void ExpectOthersUnharmed() {
    TestAgent home(host_, host_.AgentCredential("home"));
    home.Send(HelloOf(2));
    home.Send(FirstBatch(2, 1, 5, PathTo(1, "home"), SubmissionFacts({})));
    EXPECT_EQ(home.ReceiveAck(), 5u);
    EXPECT_EQ(host_.Sql("SELECT count(*) FROM results WHERE agent = 'home'"), 5);
  }

  CollectorHost host_;
};

TEST_F(CollectorSecurity, NoCertificateIsNoConnection) {
  EXPECT_EQ(StatusFor(std::nullopt).error_code(), grpc::StatusCode::UNAVAILABLE);
  ExpectOthersUnharmed();
}

TEST_F(CollectorSecurity, ACertificateOfAnotherCaIsNoConnection) {
  const support::CertificateAuthority other("other");
  const auto stranger = other.Issue(support::AgentCertificate("example", "office"));
  EXPECT_EQ(StatusFor(stranger).error_code(), grpc::StatusCode::UNAVAILABLE);
  ExpectOthersUnharmed();
}

TEST_F(CollectorSecurity, AnExpiredCertificateIsNoConnection) {
  support::CertificateSpec spec = support::AgentCertificate("example", "office");
  spec.valid_until = -std::chrono::hours(1);
  EXPECT_EQ(StatusFor(host_.ca().Issue(spec)).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(CollectorSecurity, TwoUriNamesAreNoIdentity) {
  support::CertificateSpec spec = support::AgentCertificate("example", "office");
  spec.uris.push_back("spiffe://example/agent/home");
  const grpc::Status status = StatusFor(host_.ca().Issue(spec));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("2 URI names, not exactly one"));
}

TEST_F(CollectorSecurity, NoUriNameIsNoIdentity) {
  const grpc::Status status = StatusFor(
      host_.ca().Issue({.names = {"office.example.com"}, .purpose = support::Purpose::kClient}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("no URI names"));
}

TEST_F(CollectorSecurity, AnotherDeploymentIsNoIdentity) {
  const grpc::Status status =
      StatusFor(host_.ca().Issue(support::AgentCertificate("elsewhere", "office")));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("elsewhere"));
}

TEST_F(CollectorSecurity, AMessageOverTheLimitEndsTheStream) {
  const grpc::Status status = StatusAfter(BatchOf(1, 1, 20'000));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(host_.Metric("relaywatch_ingest_rejected_total{reason=\"size\"}"), 1);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM results"), 0);
  ExpectOthersUnharmed();
}

TEST_F(CollectorSecurity, AnUnknownReferenceEndsTheStreamAndIsCounted) {
  const grpc::Status status = StatusAfter(BatchOf(1, 1, 1));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("path 1 was never sent"));
  EXPECT_EQ(host_.Metric("relaywatch_ingest_rejected_total{reason=\"reference\"}"), 1);
  ExpectOthersUnharmed();
}

TEST_F(CollectorSecurity, ATextThatIsNoNameEndsTheStream) {
  const grpc::Status status =
      StatusAfter(FirstBatch(1, 1, 1, PathTo(1, "office\"} 1\n"), SubmissionFacts({})));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("location"));
  ExpectOthersUnharmed();
}

// Bytes that are no message, past everything that the client library would refuse to send.
TEST_F(CollectorSecurity, GarbageEndsTheStreamWithAReason) {
  TestAgent agent(host_, host_.AgentCredential("office"));
  grpc::GenericStub stub(agent.channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  auto call = stub.PrepareCall(&context, "/relaywatch.v1.Session/Connect", &queue);
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  const grpc::Slice slice(std::string(1'000, '\xff'));
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  queue.Next(&tag, &ok);
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("cannot be read"));
  EXPECT_EQ(host_.Metric("relaywatch_ingest_rejected_total{reason=\"malformed\"}"), 1);
  ExpectOthersUnharmed();
}

TEST_F(CollectorSecurity, AnAgentThatDoesNotListenCannotFillTheCollector) {
  TestAgent deaf(host_, host_.AgentCredential("deaf"));
  deaf.Send(HelloOf(1));
  deaf.Send(FirstBatch(1, 1, 1, PathTo(1, "office"), SubmissionFacts({})));
  for (int i = 0; i < 2'000; ++i) deaf.Send(BatchOf(1, 1, 1));  // each asks for an Ack
  ExpectOthersUnharmed();
}

}  // namespace
}  // namespace relaywatch::collector::testing
