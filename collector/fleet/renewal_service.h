// The renewal service on the agents' listener: who asks is who the client certificate says. Of
// gRPC's synchronous kind, so that waiting for the disk happens on threads of its own and not on
// those that carry the agents' streams. Thread-safe.
#pragma once

#include <string>
#include <utility>

#include "collector/fleet/enrollment.h"
#include "relaywatch/v1/enrollment.grpc.pb.h"

namespace relaywatch::collector {

class RenewalService final : public v1::Renewal::Service {
 public:
  // The enrolment must outlive it.
  RenewalService(Enrollment& enrollment, std::string deployment)
      : enrollment_(enrollment), deployment_(std::move(deployment)) {}

  grpc::Status Renew(grpc::ServerContext* context, const v1::RenewRequest* request,
                     v1::IssuedCertificate* response) override;

 private:
  Enrollment& enrollment_;
  const std::string deployment_;
};

}  // namespace relaywatch::collector
