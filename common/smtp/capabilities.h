// What a server says it can do, read out of the raw lines of an EHLO, CAPA or CAPABILITY answer.
// The lines stay the fact; this is how to read them, and each mail client reads AUTH its own way.
// Pure functions over bytes; no line, however hostile, is an error. Thread-safe.
// RFC 5321 section 4.1.1.1 (EHLO), RFC 4954 section 3 (AUTH), RFC 2449 (CAPA), RFC 9051
// (CAPABILITY).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::smtp {

// How AUTH lines are read.
struct AuthReading {
  bool equals_form = true;      // the obsolete "AUTH=LOGIN" line counts too
  bool last_line_only = false;  // several AUTH lines: the last one replaces the others
};

// Mechanism names in upper case, the server's order, without repetition. `protocol` decides where
// they stand: an SMTP AUTH line, a POP3 SASL line (USER counts as LOGIN and PLAIN), IMAP AUTH=X
// words (a LOGIN that is not disabled counts as LOGIN and PLAIN).
std::vector<std::string> AuthMechanisms(const v1::Capabilities& capabilities, v1::Protocol protocol,
                                        AuthReading reading = {});

// The same without what stands for USER and LOGIN commands: what AUTH or AUTHENTICATE would take.
std::vector<std::string> SaslMechanisms(const v1::Capabilities& capabilities,
                                        v1::Protocol protocol);

// IMAP takes an initial response with AUTHENTICATE: SASL-IR (RFC 4959), part of IMAP4rev2.
bool TakesInitialResponse(const v1::Capabilities& capabilities);

// STARTTLS (SMTP, IMAP) or STLS (POP3) is among them.
bool OffersStartTls(const v1::Capabilities& capabilities, v1::Protocol protocol);

// IMAP's LOGINDISABLED (RFC 9051 section 6.2.3), or a POP3 CAPA answer without USER.
bool LoginDisabled(const v1::Capabilities& capabilities, v1::Protocol protocol);

// Our own address as some servers echo it in the first line of the EHLO reply:
// "mail.example.com Hello client [192.0.2.7]". Textual, without brackets and "IPv6:".
std::optional<std::string> EchoedAddress(std::string_view first_line);

// A middlebox overwrote a keyword: a whole line of three or more X and at most one other letter.
bool IsMaskedKeyword(std::string_view line);

// The greeting's text is '*', '0', '2' and blanks only, ten characters or more.
bool IsMaskedBanner(std::string_view text);

}  // namespace relaywatch::smtp
