#include "common/smtp/capabilities.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace relaywatch::smtp {
namespace {

char UpperChar(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Locale-free, unlike std::toupper; keywords are ASCII.
std::string Upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(), UpperChar);
  return upper;
}

bool EqualsIgnoringCase(std::string_view text, std::string_view upper) {
  return std::equal(text.begin(), text.end(), upper.begin(), upper.end(),
                    [](char a, char b) { return UpperChar(a) == b; });
}

// Takes the next word off `text`; empty at its end.
std::string_view NextWord(std::string_view& text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  const auto* start = std::find_if_not(text.begin(), text.end(), is_blank);
  const auto* end = std::find_if(start, text.end(), is_blank);
  text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  return {start, end};
}

// RFC 4422, section 3.1: 1 to 20 letters, digits, hyphens, underscores. Anything else is no
// mechanism.
bool IsMechanismName(std::string_view word) {
  constexpr std::size_t kMaxLength = 20;
  return !word.empty() && word.size() <= kMaxLength &&
         std::all_of(word.begin(), word.end(), [](char c) {
           const char upper = UpperChar(c);
           return (upper >= 'A' && upper <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

void AddMechanism(std::vector<std::string>& mechanisms, std::string_view word) {
  if (!IsMechanismName(word)) return;
  std::string name = Upper(word);
  if (std::find(mechanisms.begin(), mechanisms.end(), name) == mechanisms.end()) {
    mechanisms.push_back(std::move(name));
  }
}

void AddMechanisms(std::vector<std::string>& mechanisms, std::string_view words) {
  for (auto word = NextWord(words); !word.empty(); word = NextWord(words)) {
    AddMechanism(mechanisms, word);
  }
}

constexpr std::string_view kAuthEquals = "AUTH=";

bool StartsWithAuthEquals(std::string_view word) {
  return EqualsIgnoringCase(word.substr(0, kAuthEquals.size()), kAuthEquals);
}

// The parameters of an EHLO line that announces AUTH, in either form; nullopt for other lines.
std::optional<std::string_view> AuthParameters(std::string_view line, const AuthReading& reading) {
  std::string_view rest = line;
  const std::string_view keyword = NextWord(rest);
  if (EqualsIgnoringCase(keyword, "AUTH")) return rest;
  if (!reading.equals_form || !StartsWithAuthEquals(keyword)) return std::nullopt;
  return line.substr(line.find('=') + 1);
}

std::vector<std::string> SmtpMechanisms(const v1::Capabilities& capabilities,
                                        const AuthReading& reading) {
  std::vector<std::string> mechanisms;
  for (int i = 1; i < capabilities.lines_size(); ++i) {  // line 0 is the server's greeting
    const auto parameters = AuthParameters(capabilities.lines(i), reading);
    if (!parameters) continue;
    if (reading.last_line_only) mechanisms.clear();
    AddMechanisms(mechanisms, *parameters);
  }
  return mechanisms;
}

std::vector<std::string> Pop3Mechanisms(const v1::Capabilities& capabilities) {
  std::vector<std::string> mechanisms;
  for (std::string_view rest : capabilities.lines()) {
    if (EqualsIgnoringCase(NextWord(rest), "SASL")) AddMechanisms(mechanisms, rest);
  }
  return mechanisms;
}

std::vector<std::string> ImapMechanisms(const v1::Capabilities& capabilities) {
  std::vector<std::string> mechanisms;
  for (std::string_view rest : capabilities.lines()) {
    for (auto word = NextWord(rest); !word.empty(); word = NextWord(rest)) {
      if (StartsWithAuthEquals(word)) AddMechanism(mechanisms, word.substr(kAuthEquals.size()));
    }
  }
  return mechanisms;
}

// A whole line of its own in SMTP and POP3, any word of any line in IMAP.
bool HasKeyword(const v1::Capabilities& capabilities, v1::Protocol protocol,
                std::string_view keyword) {
  for (int i = protocol == v1::PROTOCOL_SMTP ? 1 : 0; i < capabilities.lines_size(); ++i) {
    std::string_view rest = capabilities.lines(i);
    for (auto word = NextWord(rest); !word.empty(); word = NextWord(rest)) {
      if (EqualsIgnoringCase(word, keyword)) return true;
      if (protocol != v1::PROTOCOL_IMAP) break;
    }
  }
  return false;
}

std::optional<std::string> CanonicalAddress(std::string_view text) {
  constexpr std::string_view kIpv6Tag = "IPV6:";  // RFC 5321, section 4.1.3
  if (EqualsIgnoringCase(text.substr(0, kIpv6Tag.size()), kIpv6Tag)) {
    text.remove_prefix(kIpv6Tag.size());
  }
  const std::string address(text);
  std::array<unsigned char, sizeof(in6_addr)> binary{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, address.c_str(), binary.data()) != 1) continue;
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    return inet_ntop(family, binary.data(), canonical.data(), canonical.size());
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> AuthMechanisms(const v1::Capabilities& capabilities, v1::Protocol protocol,
                                        AuthReading reading) {
  if (protocol != v1::PROTOCOL_POP3 && protocol != v1::PROTOCOL_IMAP) {
    return SmtpMechanisms(capabilities, reading);
  }
  std::vector<std::string> mechanisms = SaslMechanisms(capabilities, protocol);
  if (!LoginDisabled(capabilities, protocol)) AddMechanisms(mechanisms, "LOGIN PLAIN");
  return mechanisms;
}

std::vector<std::string> SaslMechanisms(const v1::Capabilities& capabilities,
                                        v1::Protocol protocol) {
  switch (protocol) {
    case v1::PROTOCOL_POP3:
      return Pop3Mechanisms(capabilities);
    case v1::PROTOCOL_IMAP:
      return ImapMechanisms(capabilities);
    default:
      return SmtpMechanisms(capabilities, {});
  }
}

bool TakesInitialResponse(const v1::Capabilities& capabilities) {
  return HasKeyword(capabilities, v1::PROTOCOL_IMAP, "SASL-IR") ||
         HasKeyword(capabilities, v1::PROTOCOL_IMAP, "IMAP4REV2");
}

bool OffersStartTls(const v1::Capabilities& capabilities, v1::Protocol protocol) {
  return HasKeyword(capabilities, protocol, protocol == v1::PROTOCOL_POP3 ? "STLS" : "STARTTLS");
}

bool LoginDisabled(const v1::Capabilities& capabilities, v1::Protocol protocol) {
  if (protocol == v1::PROTOCOL_IMAP) return HasKeyword(capabilities, protocol, "LOGINDISABLED");
  // A server that does not know CAPA at all (no line) predates it and takes USER.
  return protocol == v1::PROTOCOL_POP3 && capabilities.lines_size() > 0 &&
         !HasKeyword(capabilities, protocol, "USER");
}

std::optional<std::string> EchoedAddress(std::string_view first_line) {
  // The first word is the server's own name and may be a literal too; of several others the last
  // one is what the server saw ("Hello [what we said] [192.0.2.7]").
  NextWord(first_line);
  for (std::size_t close = first_line.rfind(']'); close != std::string_view::npos && close > 0;
       close = first_line.rfind(']', close - 1)) {
    const std::size_t open = first_line.rfind('[', close);
    if (open == std::string_view::npos) break;
    if (auto address = CanonicalAddress(first_line.substr(open + 1, close - open - 1))) {
      return address;
    }
  }
  return std::nullopt;
}

bool IsMaskedKeyword(std::string_view line) {
  const std::size_t end = line.find_last_not_of(" \t");
  line = line.substr(0, end == std::string_view::npos ? 0 : end + 1);
  const auto masks = std::count(line.begin(), line.end(), 'X');
  const auto letters = std::count_if(line.begin(), line.end(), [](char c) {
    const char upper = UpperChar(c);
    return upper >= 'A' && upper <= 'Z';
  });
  constexpr int kMinMasks = 3;
  return masks >= kMinMasks && letters - masks <= 1 &&
         letters == static_cast<std::ptrdiff_t>(line.size());
}

bool IsMaskedBanner(std::string_view text) {
  constexpr std::size_t kMinLength = 10;
  return text.size() >= kMinLength && text.find_first_not_of("*02 ") == std::string_view::npos;
}

}  // namespace relaywatch::smtp
