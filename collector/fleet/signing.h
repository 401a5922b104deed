// Makes certificates (RFC 5280) of the few kinds that a deployment has. Pure but for randomness;
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/identity/x509.h"

namespace relaywatch::collector {

enum class CertificateKind {
  kRoot,          // signs intermediates
  kIntermediate,  // signs leaves only
  kServer,        // serverAuth
  kClient,        // clientAuth: an agent or an operator
};

struct CertificateSpec {
  CertificateKind kind = CertificateKind::kClient;
  std::string common_name;
  std::vector<std::string> names;  // subjectAltName, as OpenSSL writes them: "DNS:a.example"
  std::int64_t not_before = 0;     // seconds since the epoch
  std::int64_t not_after = 0;
};

struct Issuer {
  X509* certificate = nullptr;  // null: signs itself
  EVP_PKEY* key = nullptr;
};

// With a random 128-bit serial number. Internal where OpenSSL refuses.
absl::StatusOr<x509::Certificate> SignCertificate(const CertificateSpec& spec, EVP_PKEY* subject,
                                                  const Issuer& issuer);

}  // namespace relaywatch::collector
