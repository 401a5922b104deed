// A collector with a PKI of its own in this process, and hosts that enrol at it the way agents do.
// Confined to the test's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/config/config.h"
#include "agent/enrollment/certificate_client.h"
#include "collector/fleet/signing.h"
#include "common/identity/x509.h"
#include "relaywatch/v1/admin.grpc.pb.h"
#include "relaywatch/v1/enrollment.grpc.pb.h"
#include "tests/support/certificates.h"
#include "tests/unit/collector/collector_host.h"

namespace relaywatch::testing {

struct EnrolledAgent {
  std::string name;
  support::Credential credential;
  Identity identity;
};

class EnrollmentHost {
 public:
  collector::testing::CollectorHost& host() { return host_; }
  collector::Collector& collector() { return host_.collector(); }

  // As if the collector's PKI had been made so long ago.
  void AgePki(std::int64_t seconds);

  // The admin service by its real socket.
  std::unique_ptr<v1::Admin::Stub> Admin() const;
  std::string CreateToken(const std::string& location = "", std::uint32_t uses = 1) const;
  grpc::Status RevokeAgent(const std::string& agent) const;

  // The configuration of an agent at this collector, `location` declared.
  agent::Config AgentConfig(const std::string& location = "");
  // The enrolment service without an agent's care.
  std::unique_ptr<v1::Enrollment::Stub> RawEnrollment();
  // Enrols with a new token; a failure ends the test program.
  EnrolledAgent Enrol(const std::string& location = "");

  // A certificate that the collector's issuer signed, with these changes to an agent's, on the key
  // that comes with it.
  support::Credential IssueByHand(
      const std::function<void(collector::CertificateSpec&)>& change) const;

 private:
  collector::testing::CollectorHost host_{collector::testing::CollectorHost::DefaultPlan(),
                                          collector::testing::PkiKind::kOwn};
};

}  // namespace relaywatch::testing
