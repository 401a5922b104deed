#include "collector/fleet/nonces.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstring>

#include "common/identity/x509.h"

namespace relaywatch::collector {
namespace {

// Random bytes, the end of its life (milliseconds since the epoch), seal.
constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kBodyBytes = kRandomBytes + sizeof(std::int64_t);
constexpr std::size_t kSealBytes = 32;

std::int64_t EndOf(std::string_view nonce) {
  std::int64_t end = 0;
  std::memcpy(&end, nonce.data() + kRandomBytes, sizeof end);
  return end;
}

}  // namespace

Nonces::Nonces() { RAND_bytes(key_.data(), key_.size()); }

std::string Nonces::Seal(std::string_view body) const {
  std::string seal(kSealBytes, '\0');
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(),
       reinterpret_cast<unsigned char*>(seal.data()), nullptr);
  return seal;
}

absl::StatusOr<std::string> Nonces::Make(std::int64_t now_ms) {
  std::string body(kBodyBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(body.data()), kRandomBytes) != 1) {
    return x509::Failure("make a nonce");
  }
  const std::int64_t end = now_ms + kLifetimeMs;
  std::memcpy(body.data() + kRandomBytes, &end, sizeof end);
  return body + Seal(body);
}

absl::Status Nonces::Check(std::string_view nonce, std::int64_t now_ms) const {
  const bool ours = nonce.size() == kBodyBytes + kSealBytes &&
                    CRYPTO_memcmp(Seal(nonce.substr(0, kBodyBytes)).data(),
                                  nonce.data() + kBodyBytes, kSealBytes) == 0;
  if (!ours) return absl::PermissionDeniedError("the nonce is not of this collector");
  if (now_ms >= EndOf(nonce)) return absl::PermissionDeniedError("the nonce is too old");
  return absl::OkStatus();
}

absl::Status Nonces::Use(std::string_view nonce, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  std::erase_if(used_, [&](const auto& used) { return used.second <= now_ms; });
  if (used_.contains(nonce)) return absl::PermissionDeniedError("the nonce was used before");
  if (used_.size() >= kMaxUsed) return absl::ResourceExhaustedError("too many recoveries at once");
  used_.emplace(nonce, EndOf(nonce));
  return absl::OkStatus();
}

}  // namespace relaywatch::collector
