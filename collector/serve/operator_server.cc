#include "collector/serve/operator_server.h"

#include <fmt/format.h>
#include <grpcpp/resource_quota.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "collector/fleet/failure_limit.h"
#include "collector/fleet/peer_identity.h"
#include "collector/mutual_tls.h"
#include "collector/serve/query_service.h"

namespace relaywatch::collector {
namespace {

using namespace std::chrono_literals;

constexpr auto kGrace = 500ms;
constexpr int kMaxReceivedBytes = 64 * 1024;
constexpr std::size_t kQuotaBytes = std::size_t{64} * 1024 * 1024;
// A handshake looks at the certificate's end; so one that has ended is of no use an hour later.
constexpr int kConnectionAgeMs = 3'600'000;

void Limit(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  builder.SetResourceQuota(grpc::ResourceQuota("operators").Resize(kQuotaBytes).SetMaxThreads(1));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMs);
}

}  // namespace

// Decides who may ask. Thread-safe.
class OperatorServer::Gate {
 public:
  Gate(std::string deployment, const Registry& registry)
      : deployment_(std::move(deployment)), registry_(registry) {}

  absl::Status Admit(const grpc::CallbackServerContext& context) {
    absl::Status status = Check(context);
    if (!status.ok() && failures_.Allow(std::chrono::steady_clock::now())) {
      spdlog::warn("serve: peer {} refused: {}", context.peer(), std::string(status.message()));
    }
    return status;
  }

 private:
  absl::Status Check(const grpc::CallbackServerContext& context) const {
    const auto name = OperatorOf(UrisOf(*context.auth_context()), deployment_);
    if (!name.ok()) return name.status();
    if (!registry_.IsOperatorRevoked(*name)) return absl::OkStatus();
    return absl::PermissionDeniedError(fmt::format("operator {} was revoked", *name));
  }

  const std::string deployment_;
  const Registry& registry_;
  FailureLimit failures_;
};

OperatorServer::OperatorServer(const OperatorServerDeps& deps)
    : gate_(std::make_unique<Gate>(deps.deployment, deps.registry)),
      service_(std::make_unique<QueryService>(
          deps.query, [gate = gate_.get()](const grpc::CallbackServerContext& context) {
            return gate->Admit(context);
          })) {}

OperatorServer::~OperatorServer() { Stop(); }

absl::StatusOr<std::unique_ptr<OperatorServer>> OperatorServer::Start(
    const HostPort& address, const Identity& identity, const OperatorServerDeps& deps) {
  std::unique_ptr<OperatorServer> server(new OperatorServer(deps));
  grpc::ServerBuilder builder;
  LimitConnections(builder);
  Limit(builder);
  builder.RegisterService(server->service_.get());
  auto running = GrpcServer::Listen(address, MutualTls(identity), builder);
  if (!running.ok()) return running.status();
  server->server_ = *std::move(running);
  return server;
}

void OperatorServer::Stop() { server_.Stop(kGrace); }

}  // namespace relaywatch::collector
