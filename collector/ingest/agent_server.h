// The gRPC server for agents: mutual TLS, the session service and the standard health service. Who
// comes without a certificate of our CA does not get past the handshake; who comes with one that is
// no agent's of this deployment, or a revoked one's, is told why (PERMISSION_DENIED). Thread-safe
// after Start.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collector/fleet/registry.h"
#include "collector/grpc_server.h"
#include "collector/ingest/ingest_queue.h"
#include "common/identity/identity.h"
#include "common/syntax.h"

namespace relaywatch::collector {

// Everything outlives the server.
struct AgentServerDeps {
  std::string deployment;
  IngestQueue& queue;
  const Registry& registry;
  grpc::Service* renewal = nullptr;  // null: certificates are renewed elsewhere
};

class AgentServer {
 public:
  // Unavailable with the address and the reason where it cannot listen.
  static absl::StatusOr<std::unique_ptr<AgentServer>> Start(const HostPort& address,
                                                            const Identity& identity,
                                                            const AgentServerDeps& deps);
  ~AgentServer();

  int port() const { return server_.port(); }
  void SetServing(bool serving);
  // No new streams from now on; ends those that are left after `grace`.
  void Stop(std::chrono::milliseconds grace);

 private:
  class Service;
  explicit AgentServer(std::unique_ptr<Service> service);

  std::unique_ptr<Service> service_;
  GrpcServer server_;  // last: its calls use the others
};

}  // namespace relaywatch::collector
