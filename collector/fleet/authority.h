// The online part of the deployment's CA: issues agents' and operators' certificates. Of a request
// it uses the public key and nothing else; the collector picks the name. A certificate is good for
// one thing, to be an agent or an operator: one URI SAN spiffe://DEPLOYMENT/agent/NAME or
// spiffe://DEPLOYMENT/operator/NAME, clientAuth, no CA.
// Immutable after loading; thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/identity/identity.h"
#include "common/identity/x509.h"

namespace relaywatch::collector {

struct IssuedCertificate {
  std::string chain_pem;  // its owner's first, then intermediates
  std::string serial;     // hexadecimal
  std::string key_hash;   // x509::PublicKeyHash of its owner's key
  std::int64_t not_after = 0;
};

struct AuthoritySettings {
  std::string issuer_file;  // PEM: key, certificate, intermediates; readable by its owner only
  std::string ca_pem;       // what the collector trusts
  std::string deployment;
  std::chrono::seconds lifetime{std::chrono::hours(24 * 7)};  // of agents' certificates
};

class Authority {
 public:
  // Of operators' certificates: people, unlike agents, renew by hand.
  static constexpr std::chrono::seconds kOperatorLifetime{std::chrono::hours(24 * 90)};

  // As LoadIdentity for the file; FailedPrecondition also where it is no CA's certificate or `ca`
  // does not vouch for it.
  static absl::StatusOr<Authority> Load(const AuthoritySettings& settings, std::int64_t now);

  // For a key out of a checked request. FailedPrecondition where the issuer's own certificate has
  // expired: no certificate outlives its issuer's.
  absl::StatusOr<IssuedCertificate> Issue(EVP_PKEY* key, Role role, const std::string& name,
                                          std::int64_t now) const;

 private:
  Authority() = default;

  x509::Key key_;
  std::vector<x509::Certificate> chain_;  // the issuer's first
  std::string deployment_;
  std::chrono::seconds lifetime_{0};
};

// A random UUID (RFC 4122 section 4.4), lower case.
absl::StatusOr<std::string> RandomUuid();

}  // namespace relaywatch::collector
