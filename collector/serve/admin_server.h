// The gRPC server for operators on a UNIX socket that only its owner may open (0600): the query
// service (query_service.h), the admin service (fleet/admin_service.h) and the standard health
// service. Thread-safe after Start.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace relaywatch::collector {

class AdminServer {
 public:
  // The services must outlive it. A socket that nobody listens on (left by a crash) is
  // replaced; AlreadyExists where somebody does, other system errors with the path.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(const std::string& path,
                                                            grpc::Service& query,
                                                            grpc::Service& admin);
  ~AdminServer();

  void Stop();

 private:
  explicit AdminServer(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace relaywatch::collector
