#include "collector/ingest/agent_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "collector/fleet/fleet.h"
#include "collector/fleet/peer_identity.h"
#include "collector/ingest/session_reactor.h"
#include "collector/mutual_tls.h"
#include "common/status_bridge.h"
#include "relaywatch/v1/session.grpc.pb.h"

namespace relaywatch::collector {
namespace {

// Beyond it gRPC throws a message away, unseen; below, who sent too much is told and logged.
constexpr int kMaxReceivedBytes = 8 * SessionReactor::kMaxMessageBytes;
// Buffers that each connection keeps, for quiet agents: what we write is small, and a read may have
// many chunks.
constexpr int kMaxTlsFrameBytes = 4 * 1024;
constexpr int kReadChunkBytes = 2 * 1024;
constexpr int kRenewalThreads = 4;  // of gRPC's synchronous kind; streams need none
constexpr std::size_t kQuotaBytes = std::size_t{512} * 1024 * 1024;

using Reactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// Says no, once.
class Refusal final : public Reactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

void Limit(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  builder.SetResourceQuota(
      grpc::ResourceQuota("agents").Resize(kQuotaBytes).SetMaxThreads(kRenewalThreads));
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  builder.AddChannelArgument(GRPC_ARG_TSI_MAX_FRAME_SIZE, kMaxTlsFrameBytes);
  builder.AddChannelArgument(GRPC_ARG_TCP_READ_CHUNK_SIZE, kReadChunkBytes);
}

}  // namespace

class AgentServer::Service final
    : public v1::Session::WithRawCallbackMethod_Connect<v1::Session::Service> {
 public:
  explicit Service(AgentServerDeps deps) : deps_(std::move(deps)) {}

  Reactor* Connect(grpc::CallbackServerContext* context) override {
    const auto agent = Admit(*context);
    if (!agent.ok()) {
      spdlog::warn("ingest: peer {} refused: {}", context->peer(),
                   std::string(agent.status().message()));
      return new Refusal(ToGrpc(agent.status()));
    }
    auto reactor = std::make_shared<SessionReactor>(*agent, *context, deps_.queue);
    reactor->Begin();
    return reactor.get();
  }

 private:
  absl::StatusOr<std::string> Admit(const grpc::CallbackServerContext& context) const {
    auto agent = AgentOf(UrisOf(*context.auth_context()), deps_.deployment);
    if (agent.ok() && deps_.registry.IsRevoked(*agent)) return RevokedError(*agent);
    return agent;
  }

  const AgentServerDeps deps_;
};

AgentServer::AgentServer(std::unique_ptr<Service> service) : service_(std::move(service)) {}

AgentServer::~AgentServer() = default;

absl::StatusOr<std::unique_ptr<AgentServer>> AgentServer::Start(const HostPort& address,
                                                                const Identity& identity,
                                                                const AgentServerDeps& deps) {
  std::unique_ptr<AgentServer> server(new AgentServer(std::make_unique<Service>(deps)));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  LimitConnections(builder);
  Limit(builder);
  builder.RegisterService(server->service_.get());
  if (deps.renewal != nullptr) builder.RegisterService(deps.renewal);
  auto running = GrpcServer::Listen(address, MutualTls(identity), builder);
  if (!running.ok()) return running.status();
  server->server_ = *std::move(running);
  return server;
}

void AgentServer::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(serving);
  server_->GetHealthCheckService()->SetServingStatus(v1::Session::service_full_name(), serving);
}

void AgentServer::Stop(std::chrono::milliseconds grace) { server_.Stop(grace); }

}  // namespace relaywatch::collector
