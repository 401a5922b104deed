// The files that an enrolled agent keeps in its state directory: identity.pem (key and chain),
// ca.pem, and while it enrols enrolling.key. The key outlives a crash in between, because the
// collector knows an agent whose answer was lost by it. Thread-compatible.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/identity/identity.h"
#include "common/identity/x509.h"
#include "relaywatch/v1/enrollment.pb.h"

namespace relaywatch::agent {

class IdentityStore {
 public:
  explicit IdentityStore(std::string directory) : directory_(std::move(directory)) {}

  std::string identity_file() const { return directory_ + "/identity.pem"; }
  std::string ca_file() const { return directory_ + "/ca.pem"; }

  bool HasIdentity() const;
  // Both files, whether or not the certificate has expired. Errors as LoadIdentity.
  absl::StatusOr<Identity> Read() const;
  // The key to enrol with: made once, then the same until Write. Errors of the file system.
  absl::StatusOr<x509::Key> EnrollingKey() const;
  // Replaces the identity by key and certificate, after checking that they are what was asked for.
  absl::Status Write(EVP_PKEY* key, const v1::IssuedCertificate& issued) const;

 private:
  std::string directory_;
};

}  // namespace relaywatch::agent
