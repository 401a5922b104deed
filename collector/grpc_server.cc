#include "collector/grpc_server.h"

#include <fmt/format.h>

#include "collector/listen.h"

namespace relaywatch::collector {

absl::StatusOr<GrpcServer> GrpcServer::Listen(
    const HostPort& address, const std::shared_ptr<grpc::ServerCredentials>& credentials,
    grpc::ServerBuilder& builder) {
  if (auto free = CheckListen(address); !free.ok()) return free;
  GrpcServer server;
  builder.AddListeningPort(FormatHostPort(address), credentials, &server.port_);
  server.server_ = builder.BuildAndStart();
  if (server.server_ == nullptr || server.port_ == 0) {
    return absl::UnavailableError(fmt::format(
        "listen on {}: gRPC cannot start with this address and identity", FormatHostPort(address)));
  }
  return server;
}

void GrpcServer::Stop(std::chrono::milliseconds grace) {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + grace);
  server_->Wait();
  server_.reset();
}

}  // namespace relaywatch::collector
