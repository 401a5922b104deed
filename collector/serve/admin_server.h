// The gRPC server for operators on a UNIX socket that only its owner may open (0600): the query
// service, the admin service (fleet/admin_service.h) and the standard health service. Thread-safe
// after Start.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collector/serve/matrix.h"

namespace relaywatch::collector {

class AdminServer {
 public:
  // Matrix and admin service must outlive it. History is read from the store in `data_directory`. A
  // socket that nobody listens on (left by a crash) is replaced; AlreadyExists where somebody does,
  // other system errors with the path.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(const std::string& path,
                                                            const Matrix& matrix,
                                                            const std::string& data_directory,
                                                            grpc::Service& admin);
  ~AdminServer();

  void Stop();

 private:
  class Service;
  AdminServer(std::string path, std::unique_ptr<Service> service);

  const std::string path_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace relaywatch::collector
