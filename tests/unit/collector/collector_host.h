// A whole collector in this process, on ports of its own choice, with a directory, a CA and
// certificates; and an agent that is a real gRPC client over mutual TLS.
//
//   CollectorHost host;
//   TestAgent agent(host, host.AgentCredential("office"));
//   agent.Send(HelloOf(1));
//   EXPECT_EQ(agent.Receive()->welcome().epochs_size(), 1);
//
// Confined to the test's thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collector/collector.h"
#include "relaywatch/v1/session.grpc.pb.h"
#include "tests/support/certificates.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector::testing {

// Whether the test's CA signs everybody's certificates, or the collector has a PKI of its own, with
// which agents can enrol.
enum class PkiKind { kOutside, kOwn };

class CollectorHost {
 public:
  // The part of collector.yaml that is the plan: one endpoint "corp-mail" on 25 and 587, judged by
  // outlook and thunderbird, seen from office and home.
  static std::string DefaultPlan();

  // Starts it; a failure ends the test program.
  explicit CollectorHost(std::string plan = DefaultPlan(), PkiKind pki = PkiKind::kOutside);
  ~CollectorHost();

  Collector& collector() { return *collector_; }
  void Stop();
  // Stops where it still runs, and starts again on the same data.
  void Restart();
  // What the configuration file holds from the next reload on.
  void WriteConfig(const std::string& plan);

  std::string database_file() const { return scratch_ / "data/relaywatch.db"; }
  std::string admin_socket() const { return scratch_ / "admin.sock"; }
  std::string data_file(std::string_view name) const {
    return scratch_ / ("data/" + std::string(name));
  }
  const support::CertificateAuthority& ca() const { return ca_; }
  // Of the CA that vouches for the collector.
  std::string ca_pem() const;
  support::Credential AgentCredential(const std::string& name) const {
    return ca_.Issue(support::AgentCertificate("example", name));
  }

  // The value of a sample of /metrics by its whole name with labels; nullopt where it is missing.
  std::optional<double> Metric(const std::string& sample) const;
  // The first column of the first row, by another connection than the collector's.
  std::int64_t Sql(const std::string& query) const;

 private:
  void Start();

  const PkiKind pki_;
  support::ScratchDirectory scratch_;
  support::CertificateAuthority ca_{"agents and collector"};
  std::unique_ptr<Collector> collector_;
};

class TestAgent {
 public:
  // Without a credential it shows no client certificate.
  TestAgent(CollectorHost& host, const std::optional<support::Credential>& credential);
  ~TestAgent();

  bool Send(const v1::AgentMessage& message) { return stream_->Write(message); }
  // The next message; nullopt at the end of the stream. Every wait ends after 15 s.
  std::optional<v1::CollectorMessage> Receive();
  // The next Ack, whatever comes before it; its durable_seq, 0 at the end of the stream.
  std::uint64_t ReceiveAck();
  void HalfClose() { stream_->WritesDone(); }
  // Reads to the end and tells how the stream ended.
  grpc::Status Finish();
  std::shared_ptr<grpc::Channel> channel() { return channel_; }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
  std::unique_ptr<v1::Session::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::AgentMessage, v1::CollectorMessage>> stream_;
  bool finished_ = false;
};

}  // namespace relaywatch::collector::testing
