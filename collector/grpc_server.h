// A gRPC server on an address of its own, from when it listens until it is stopped. What it serves
// and what it allows is the caller's, said to the builder before. Confined to one thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "common/syntax.h"

namespace relaywatch::collector {

class GrpcServer {
 public:
  GrpcServer() = default;  // one that is stopped
  ~GrpcServer() { Stop(std::chrono::milliseconds(0)); }
  GrpcServer(GrpcServer&&) = default;
  GrpcServer& operator=(GrpcServer&& other) {
    Stop(std::chrono::milliseconds(0));
    server_ = std::move(other.server_);
    port_ = other.port_;
    return *this;
  }

  // The errors of CheckListen (listen.h); Unavailable where gRPC cannot start with these
  // credentials. All of them with the address.
  static absl::StatusOr<GrpcServer> Listen(
      const HostPort& address, const std::shared_ptr<grpc::ServerCredentials>& credentials,
      grpc::ServerBuilder& builder);

  int port() const { return port_; }
  grpc::Server* operator->() { return server_.get(); }
  // No new calls from now on; ends those that are left after `grace`.
  void Stop(std::chrono::milliseconds grace);

 private:
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace relaywatch::collector
