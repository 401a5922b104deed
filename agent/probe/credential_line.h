// The only code that makes lines with a credential in them, beside command.h, which makes all
// others. Base64 is made here, so that a SASL message cannot be anything but base64 on the line.
// Each line comes with what may be shown of it, and with the parts that must not appear anywhere,
// not even in what the server says back. Pure; thread-safe.
// RFC 4954 (AUTH), RFC 1939 (PASS), RFC 9051, section 6.2 (AUTHENTICATE, LOGIN), RFC 4959
// (SASL-IR).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/secret/secret.h"

namespace relaywatch::probe {

struct CredentialLine {
  Secret line;        // with its CRLF
  Secret hidden;      // the part of it that is a credential
  std::string shown;  // "AUTH PLAIN <secret>"
};

inline constexpr std::string_view kHidden = "<secret>";
inline constexpr std::size_t kMaxAuthLine = 512;         // RFC 4954, section 4: CRLF included
inline constexpr std::size_t kMaxImapAuthLine = 8'000;   // RFC 7162, section 4: lines to 8,192
inline constexpr std::size_t kMaxResponseLine = 12'290;  // RFC 4954, section 4: 12,288 and CRLF

// All of these: nullopt where the line would be too long, or where an argument could leave its
// place in it.

// The response to a challenge.
std::optional<CredentialLine> EncodeResponse(std::string_view message);
// SMTP AUTH with an initial response.
std::optional<CredentialLine> EncodeAuth(std::string_view mechanism, std::string_view message);
// `message`: the initial response; nullptr for none, and then nothing in the line is a secret.
std::optional<CredentialLine> EncodeImapAuthenticate(std::string_view tag,
                                                     std::string_view mechanism,
                                                     const Secret* message);
std::optional<CredentialLine> EncodePop3Pass(std::string_view password);
// Quoted strings; what would need a literal (other than ASCII) cannot be sent.
std::optional<CredentialLine> EncodeImapLogin(std::string_view tag, std::string_view user,
                                              std::string_view password);

}  // namespace relaywatch::probe
