// The reference for the fleet: the least that a collector on gRPC can be. Mutual TLS, one reaction
// a stream; says Welcome to a Hello and acknowledges each batch at once, with nothing behind it: no
// check, no queue, no store.
//   relaywatch-bench-fleet-floor HOST:PORT IDENTITY CA
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "common/file.h"
#include "common/lock_checks.h"
#include "relaywatch/v1/session.grpc.pb.h"

namespace relaywatch::bench {
namespace {

using Reactor = grpc::ServerBidiReactor<v1::AgentMessage, v1::CollectorMessage>;

// One read or one write at a time, each begun by the end of the other.
class Stream final : public Reactor {
 public:
  Stream() { StartRead(&heard_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    said_.Clear();
    if (heard_.has_hello()) {
      v1::Welcome& welcome = *said_.mutable_welcome();
      for (const v1::EpochState& epoch : heard_.hello().epochs()) {
        welcome.add_epochs()->set_epoch(epoch.epoch());
      }
      welcome.set_credit(kCredit);
    } else if (heard_.has_batch()) {
      const v1::Batch& batch = heard_.batch();
      v1::Ack& ack = *said_.mutable_ack();
      ack.set_epoch(batch.epoch());
      ack.set_durable_seq(batch.first_seq() + static_cast<std::uint64_t>(batch.results_size()) - 1);
      ack.set_credit(kCredit);
    } else {
      return StartRead(&heard_);
    }
    StartWrite(&said_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    StartRead(&heard_);
  }
  void OnDone() override { delete this; }

 private:
  static constexpr std::uint32_t kCredit = 1'000;
  v1::AgentMessage heard_;
  v1::CollectorMessage said_;
};

class Service final : public v1::Session::CallbackService {
 public:
  Reactor* Connect(grpc::CallbackServerContext* /*context*/) override { return new Stream; }
};

int Serve(const std::string& address, const std::string& identity, const std::string& ca) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = ca;
  options.pem_key_cert_pairs.push_back({identity, identity});
  Service service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::SslServerCredentials(options));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);  // as the collector
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  while (true) pause();
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  relaywatch::TurnOffLockChecks();
  const auto identity = relaywatch::ReadFile(argv[2]);
  const auto ca = relaywatch::ReadFile(argv[3]);
  if (!identity.ok() || !ca.ok()) return 1;
  return relaywatch::bench::Serve(argv[1], *identity, *ca);
}
