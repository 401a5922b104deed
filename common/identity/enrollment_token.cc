#include "common/identity/enrollment_token.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "absl/strings/escaping.h"
#include "common/identity/x509.h"

namespace relaywatch {
namespace {

constexpr std::string_view kPrefix = "rw1_";
// 64 bytes in base64url without padding.
constexpr std::size_t kEncodedBytes = 86;

}  // namespace

absl::StatusOr<EnrollmentToken> MakeToken(std::string_view ca_pin) {
  std::array<char, kTokenSecretBytes> bytes{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()) != 1) {
    return x509::Failure("make a token");
  }
  EnrollmentToken token{Secret(std::string_view(bytes.data(), bytes.size())), std::string(ca_pin)};
  WipeBytes(bytes.data(), bytes.size());
  return token;
}

std::string FormatToken(const EnrollmentToken& token) {
  const Secret bytes({token.secret.view(), token.ca_pin});
  const std::string encoded =
      absl::WebSafeBase64Escape(absl::string_view(bytes.view().data(), bytes.view().size()));
  return std::string(kPrefix) + encoded;
}

absl::StatusOr<EnrollmentToken> ParseToken(std::string_view text) {
  const auto bad = absl::InvalidArgumentError("not an enrolment token (rw1_ and 86 characters)");
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + kEncodedBytes) return bad;
  const std::string_view encoded = text.substr(kPrefix.size());
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(absl::string_view(encoded.data(), encoded.size()), &bytes) ||
      bytes.size() != kTokenSecretBytes + kPinBytes) {
    return bad;
  }
  EnrollmentToken token{Secret(std::string_view(bytes).substr(0, kTokenSecretBytes)),
                        bytes.substr(kTokenSecretBytes)};
  WipeBytes(bytes.data(), bytes.size());
  // The last character has bits to spare: a token has one form only (RFC 4648 section 3.5).
  if (FormatToken(token) != text) return bad;
  return token;
}

std::string TokenHash(const EnrollmentToken& token) {
  std::array<unsigned char, 32> hash{};
  EVP_Q_digest(nullptr, "SHA256", nullptr, token.secret.view().data(), token.secret.view().size(),
               hash.data(), nullptr);
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::string TokenId(std::string_view hash) {
  constexpr std::size_t kBytes = 6;
  return absl::BytesToHexString(absl::string_view(hash.data(), std::min(hash.size(), kBytes)));
}

}  // namespace relaywatch
