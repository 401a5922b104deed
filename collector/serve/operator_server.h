// The gRPC server for operators elsewhere: mutual TLS and the query service, never the admin
// service. Who comes without a client certificate of our CA does not get past the handshake; who
// comes with one that is no operator's of this deployment, or a revoked one's, is told why
// (PERMISSION_DENIED) at each question.
//
// What an operator can cost is bounded: connections as agents' (mutual_tls.h) and renewed hourly,
// 64 KiB a question, 64 MiB for all, no threads but the query pool's; four exports, beside those of
// the admin socket. Thread-safe after Start.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collector/fleet/registry.h"
#include "collector/grpc_server.h"
#include "collector/serve/query_step.h"
#include "common/identity/identity.h"
#include "common/syntax.h"

namespace relaywatch::collector {

// Everything outlives the server; the pool must run until it has stopped.
struct OperatorServerDeps {
  std::string deployment;
  QueryDeps query;
  const Registry& registry;
};

class OperatorServer {
 public:
  // Unavailable with the address and the reason where it cannot listen.
  static absl::StatusOr<std::unique_ptr<OperatorServer>> Start(const HostPort& address,
                                                               const Identity& identity,
                                                               const OperatorServerDeps& deps);
  ~OperatorServer();

  int port() const { return server_.port(); }
  // Ends the calls that are left after a moment.
  void Stop();

 private:
  class Gate;
  explicit OperatorServer(const OperatorServerDeps& deps);

  const std::unique_ptr<Gate> gate_;
  const std::unique_ptr<grpc::Service> service_;
  GrpcServer server_;  // last: its calls use the others
};

}  // namespace relaywatch::collector
