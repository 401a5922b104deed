// Asks the collector for certificates. Calls wait, at most twenty seconds each, so they belong on a
// thread of their own; Cancel ends the one that waits, from any thread. One call at a time.
#pragma once

#include <grpcpp/client_context.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "agent/config/config.h"
#include "common/identity/identity.h"
#include "common/identity/x509.h"
#include "relaywatch/v1/enrollment.pb.h"

namespace relaywatch::agent {

class CertificateClient {
 public:
  explicit CertificateClient(const Config& config) : config_(config) {}

  // All: the collector's status, in an operator's words (uplink/channel.h, Explain).
  // `token` is as the file holds it, for a new key: the CA is found by the token's pin.
  absl::StatusOr<v1::IssuedCertificate> Enroll(std::string_view token, EVP_PKEY* key);
  // With the certificate in use, for a new key.
  absl::StatusOr<v1::IssuedCertificate> Renew(const Identity& identity, EVP_PKEY* key);
  // With a certificate that has expired, and its key.
  absl::StatusOr<v1::IssuedCertificate> Recover(const Identity& expired, EVP_PKEY* key);

  void Cancel();

 private:
  // The context of the next call, known to Cancel until the call has ended.
  class Call;

  const Config config_;
  std::mutex mutex_;
  grpc::ClientContext* waiting_ = nullptr;
  bool cancelled_ = false;
};

}  // namespace relaywatch::agent
