// What the owner of a key does with it: make it, ask for a certificate for it, prove to have it.
// P-256 everywhere (RSA-2048 signs thirty times slower). Pure but for randomness; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/identity/x509.h"

namespace relaywatch {

// Internal where OpenSSL has no randomness or memory.
absl::StatusOr<x509::Key> MakeKey();

// A certificate request (RFC 2986), DER, that names nobody: whoever signs picks the name.
absl::StatusOr<std::string> MakeRequest(EVP_PKEY* key);

// ECDSA with SHA-256, DER.
absl::StatusOr<std::string> SignBytes(EVP_PKEY* key, std::string_view bytes);
bool VerifyBytes(EVP_PKEY* key, std::string_view bytes, std::string_view signature);

}  // namespace relaywatch
