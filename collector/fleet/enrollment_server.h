// The gRPC server that strangers may talk to: TLS of the server only, the enrolment service and
// nothing else. What one of them can cost is bounded: 64 KiB a message, four threads, 64 MiB, 20 s
// for a handshake. Thread-safe after Start.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "collector/fleet/enrollment.h"
#include "collector/grpc_server.h"
#include "common/identity/identity.h"
#include "common/syntax.h"

namespace relaywatch::collector {

class EnrollmentServer {
 public:
  // `identity.chain_pem` ends in the CA that tokens pin. The enrolment must outlive it. Unavailable
  // with the address and the reason where it cannot listen.
  static absl::StatusOr<std::unique_ptr<EnrollmentServer>> Start(const HostPort& address,
                                                                 const Identity& identity,
                                                                 Enrollment& enrollment);
  ~EnrollmentServer();

  int port() const { return server_.port(); }
  void Stop();

 private:
  class Service;
  explicit EnrollmentServer(std::unique_ptr<Service> service);

  std::unique_ptr<Service> service_;
  GrpcServer server_;  // last: its calls use the others
};

}  // namespace relaywatch::collector
