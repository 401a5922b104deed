// What an operator hands to a new agent: "rw1_" and, in base64url (RFC 4648 section 5), 32 random
// bytes that the collector knows by their hash, and the hash of the public key of the CA that
// vouches for the collector. So one string both lets the agent in and tells it whom to trust.
// Thread-compatible.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/secret/secret.h"

namespace relaywatch {

inline constexpr std::size_t kTokenSecretBytes = 32;
inline constexpr std::size_t kPinBytes = 32;

struct EnrollmentToken {
  Secret secret;
  std::string ca_pin;  // x509::PublicKeyHash of the CA
};

// Internal where the system has no randomness.
absl::StatusOr<EnrollmentToken> MakeToken(std::string_view ca_pin);
std::string FormatToken(const EnrollmentToken& token);
// InvalidArgument for what is none; the message does not hold it.
absl::StatusOr<EnrollmentToken> ParseToken(std::string_view text);
// SHA-256 of the secret: what the collector keeps.
std::string TokenHash(const EnrollmentToken& token);
// What people call a token, out of its hash; no secret.
std::string TokenId(std::string_view hash);

}  // namespace relaywatch
