// Access tokens as an identity provider signs them: JSON Web Tokens (RFC 7519) by HMAC-SHA-256,
// which a server of a test's own checks with the same key. Pure but for the time of day;
// thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace relaywatch::e2e {

// What the servers of tests trust.
inline constexpr std::string_view kTokenKey = "the key that signs the tokens of tests";

// Issued a minute ago for `user`; one with a negative life has expired.
std::string AccessToken(std::string_view user, std::chrono::seconds life,
                        std::string_view key = kTokenKey);

// RFC 4648, section 4: the form in which Dovecot reads a symmetric key.
std::string Base64(std::string_view bytes);

}  // namespace relaywatch::e2e
