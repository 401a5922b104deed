#include "collector/fleet/enrollment_server.h"

#include <grpcpp/resource_quota.h>

#include <chrono>
#include <utility>

#include "common/status_bridge.h"
#include "relaywatch/v1/enrollment.grpc.pb.h"

namespace relaywatch::collector {
namespace {

// Beyond it gRPC throws a request away, unseen; below, Enrollment has its own limit and words.
constexpr int kMaxReceivedBytes = 4 * Enrollment::kMaxRequestBytes;
constexpr std::chrono::milliseconds kGrace{500};
constexpr int kMaxMetadataBytes = 8 * 1024;
constexpr int kHandshakeTimeoutMs = 20'000;
constexpr int kIdleMs = 60'000;
constexpr int kStreamsOfConnection = 4;
constexpr int kThreads = 4;
constexpr std::size_t kQuotaBytes = std::size_t{64} * 1024 * 1024;

void Limit(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  builder.SetResourceQuota(
      grpc::ResourceQuota("enrolment").Resize(kQuotaBytes).SetMaxThreads(kThreads));
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsOfConnection);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

template <typename T>
grpc::Status Reply(absl::StatusOr<T> result, T* response) {
  if (!result.ok()) return ToGrpc(result.status());
  *response = *std::move(result);
  return grpc::Status::OK;
}

}  // namespace

class EnrollmentServer::Service final : public v1::Enrollment::Service {
 public:
  explicit Service(Enrollment& enrollment) : enrollment_(enrollment) {}

  grpc::Status Enroll(grpc::ServerContext* context, const v1::EnrollRequest* request,
                      v1::IssuedCertificate* response) override {
    return Reply(enrollment_.Enroll(*request, context->peer()), response);
  }
  grpc::Status Challenge(grpc::ServerContext* /*context*/, const v1::ChallengeRequest* /*request*/,
                         v1::ChallengeResponse* response) override {
    return Reply(enrollment_.Challenge(), response);
  }
  grpc::Status Recover(grpc::ServerContext* context, const v1::RecoverRequest* request,
                       v1::IssuedCertificate* response) override {
    return Reply(enrollment_.Recover(*request, context->peer()), response);
  }

 private:
  Enrollment& enrollment_;
};

EnrollmentServer::EnrollmentServer(std::unique_ptr<Service> service)
    : service_(std::move(service)) {}

EnrollmentServer::~EnrollmentServer() { Stop(); }

absl::StatusOr<std::unique_ptr<EnrollmentServer>> EnrollmentServer::Start(const HostPort& address,
                                                                          const Identity& identity,
                                                                          Enrollment& enrollment) {
  std::unique_ptr<EnrollmentServer> server(
      new EnrollmentServer(std::make_unique<Service>(enrollment)));
  grpc::SslServerCredentialsOptions options(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options.pem_key_cert_pairs.push_back({identity.key_pem, identity.chain_pem});
  grpc::ServerBuilder builder;
  Limit(builder);
  builder.RegisterService(server->service_.get());
  auto running = GrpcServer::Listen(address, grpc::SslServerCredentials(options), builder);
  if (!running.ok()) return running.status();
  server->server_ = *std::move(running);
  return server;
}

void EnrollmentServer::Stop() { server_.Stop(kGrace); }

}  // namespace relaywatch::collector
