#include "collector/serve/basic_auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace relaywatch::collector {
namespace {

constexpr std::size_t kMaxRemembered = 256;

// Of a password that nobody knows: what an unknown user is checked against.
constexpr const char* kNobody = "$2b$10$75t2VYT4G5QJoAQH77Vkj.TBxkQ3Aic3lxwnz4vJsYNAtkHEhpC7a";

bool Matches(const std::string& password, const std::string& hash) {
  const auto scratch = std::make_unique<crypt_data>();
  const char* made = crypt_r(password.c_str(), hash.c_str(), scratch.get());
  const bool same = made != nullptr && std::strlen(made) == hash.size() &&
                    CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(scratch.get(), sizeof *scratch);
  return same;
}

std::string Digest(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part).push_back('\0');
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  OPENSSL_cleanse(text.data(), text.size());
  return {digest.begin(), digest.end()};
}

}  // namespace

bool BasicAuth::Admits(const std::string& user, const std::string& password) {
  if (password.find('\0') != std::string::npos) return false;
  const auto found = users_.find(user);
  const std::string hash = found == users_.end() ? kNobody : found->second;
  const std::string digest = Digest({user, hash, password});
  {
    const std::lock_guard lock(mutex_);
    if (admitted_.contains(digest)) return true;
  }
  if (!Matches(password, hash) || found == users_.end()) return false;
  const std::lock_guard lock(mutex_);
  if (admitted_.size() >= kMaxRemembered) admitted_.clear();
  admitted_.insert(digest);
  return true;
}

}  // namespace relaywatch::collector
