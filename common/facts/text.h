// The small lexical questions that normalising and word matching share: what a host name, an
// address or a machine-made id looks like inside a server's free text. ASCII only; bytes of UTF-8
// sequences count as letters of words and are never split. Pure; thread-safe.
#pragma once

#include <string_view>

namespace relaywatch::facts {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool IsAlpha(char c) { return IsUpper(c) || IsLower(c); }
constexpr bool IsAlnum(char c) { return IsAlpha(c) || IsDigit(c); }
constexpr bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
constexpr char ToLower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// Letters, digits and what glues names, addresses and ids together; '#' stands for a digit that
// normalising took out.
constexpr bool IsNameChar(char c) {
  return IsAlnum(c) || c == '.' || c == '-' || c == '_' || c == '#';
}

// "mx1.example.com", "mx#.example.com": labels and an alphabetic last one of two letters or more.
// "denied.Please" is two sentences without a blank between them, not a host.
bool IsHostName(std::string_view name);

// "5.7.139" (RFC 3463).
bool IsEnhancedCode(std::string_view word);

// "192.0.2.7", "2001:db8::1", times of day, which look like the latter, and ISO 8601 dates.
bool IsAddressOrTime(std::string_view word);

// A name of the field that mixes letters and digits like ids do: "IMAP4rev1", "base64".
bool IsFieldWord(std::string_view word);

// A queue id, session id, hash or pool member: letters and digits mixed as no word mixes them.
// Judges one atom without '-', '_' or '.'.
bool IsMachineId(std::string_view atom);

}  // namespace relaywatch::facts
