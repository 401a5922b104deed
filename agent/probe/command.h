// The only code that makes lines for a server. The verbs are a closed list: there is no way to say
// DATA, BDAT, VRFY, EXPN or raw bytes, and an argument cannot leave its place in the line.
// Pure; thread-safe. RFC 5321, section 4.1 and 4.5.3.1.4; RFC 3207;
// RFC 1939, RFC 2449, RFC 2595 (POP3); RFC 9051 (IMAP).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relaywatch::probe {

enum class Verb {
  kEhlo,  // argument: domain or address literal
  kHelo,
  kStartTls,
  kMail,  // argument: mailbox without angle brackets; empty is the null sender
  kRcpt,  // argument: mailbox without angle brackets
  kRset,
  kQuit,        // POP3 too
  kAuth,        // POP3 too; argument: the mechanism. The initial response: credential_line.h
  kAuthCancel,  // "*" in answer to a challenge, in all protocols
  kPop3Capa,
  kPop3Stls,
  kPop3User,        // argument: the user's name
  kImapCapability,  // argument, here and below: the command's tag
  kImapStartTls,
  kImapLogout,
};

inline constexpr std::size_t kMaxCommandBytes = 512;  // CRLF included

// The line with its CRLF. nullopt where the argument is missing or unwanted, would make the line
// longer than kMaxCommandBytes, or holds a byte that could end it or leave its place: controls (CR,
// LF and NUL among them), angle brackets; in a domain blanks too; in a tag all but letters and
// digits; in a mechanism all but upper-case letters, digits, hyphens and underscores.
std::optional<std::string> EncodeCommand(Verb verb, std::string_view argument = {});

// What may stand in those two places.
bool IsTag(std::string_view text);
bool IsMechanism(std::string_view text);  // RFC 4422, section 3.1

}  // namespace relaywatch::probe
