// How a host becomes an agent and stays one, behind the two gRPC services: enrolling by a token,
// renewing by the certificate in use, recovering after it has expired. Every refusal has a reason
// that the peer is told and the log holds. Thread-safe; calls wait for the disk.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "collector/fleet/authority.h"
#include "collector/fleet/failure_limit.h"
#include "collector/fleet/fleet.h"
#include "collector/fleet/nonces.h"
#include "collector/fleet/registry.h"
#include "common/clock.h"
#include "relaywatch/v1/enrollment.pb.h"

namespace relaywatch::collector {

// Everything outlives it.
struct EnrollmentDeps {
  const Authority& authority;
  Registry& registry;
  Fleet& fleet;
  const Clock& clock;
  std::string ca_pem;  // verifies agents' certificates and the collector's
  std::string deployment;
};

class Enrollment {
 public:
  // A certificate that expired longer ago than this is of no use any more.
  static constexpr std::int64_t kGraceSeconds = 30 * 86'400;

  // No honest request comes near it.
  static constexpr std::size_t kMaxRequestBytes = 64 * 1024;

  explicit Enrollment(EnrollmentDeps deps) : deps_(std::move(deps)) {}

  // The codes stand in enrollment.proto; ResourceExhausted where failures come too fast to be told
  // apart, and those of the registry. `peer` is an address, for the log.
  absl::StatusOr<v1::IssuedCertificate> Enroll(const v1::EnrollRequest& request,
                                               const std::string& peer);
  absl::StatusOr<v1::IssuedCertificate> Renew(const std::string& agent,
                                              const v1::RenewRequest& request,
                                              const std::string& peer);
  absl::StatusOr<v1::ChallengeResponse> Challenge();
  absl::StatusOr<v1::IssuedCertificate> Recover(const v1::RecoverRequest& request,
                                                const std::string& peer);

 private:
  absl::StatusOr<v1::IssuedCertificate> TryEnroll(const v1::EnrollRequest& request,
                                                  const std::string& token_hash,
                                                  const std::string& peer);
  absl::StatusOr<v1::IssuedCertificate> RenewFor(const std::string& agent, const std::string& csr,
                                                 const AgentWords& words, const std::string& peer,
                                                 std::int64_t now);
  // `now` is in milliseconds.
  struct Expired {  // a certificate
    std::string agent;
    x509::Key key;
  };
  absl::StatusOr<Expired> CheckRecovery(const v1::RecoverRequest& request, std::int64_t now);
  absl::StatusOr<Expired> ReadExpired(const std::string& chain_pem, std::int64_t now) const;
  v1::IssuedCertificate Answer(const std::string& agent,
                               const IssuedCertificate& certificate) const;
  // What to tell the peer. Logs it, and enters it in the audit if it concerns a known `object` (an
  // agent or a token; empty: a stranger's), unless failures come too fast.
  absl::Status Refused(std::string_view act, std::string_view object, const absl::Status& why,
                       const std::string& peer);

  EnrollmentDeps deps_;
  Nonces nonces_;
  FailureLimit failures_;
};

}  // namespace relaywatch::collector
