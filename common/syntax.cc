#include "common/syntax.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace relaywatch {
namespace {

constexpr std::size_t kMaxHostName = 253;
constexpr std::size_t kMaxLabelName = 63;
constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxMailAddress = 254;

struct Address {
  std::array<unsigned char, 16> bytes{};
  bool ipv6 = false;
};

std::optional<Address> ParseAddress(std::string_view text) {
  const std::string terminated(text);
  if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;  // a NUL inside
  Address address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  address.ipv6 = true;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

// ::ffff:192.0.2.1 is how a dual-stack socket shows an IPv4 peer.
void UnmapIpv4(Address& address) {
  static constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!address.ipv6 || !std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) return;
  std::copy(address.bytes.begin() + kMapped.size(), address.bytes.end(), address.bytes.begin());
  address.ipv6 = false;
}

std::optional<int> ParseNumber(std::string_view text, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < 0 || value > max) return std::nullopt;
  return value;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <typename Predicate>
bool All(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool IsDnsLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         All(label, [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_'; });
}

bool IsDnsName(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kMaxHostName) return false;
  // A last label of digits alone is a mistyped address, not a name (RFC 3696 section 2).
  if (All(text.substr(text.rfind('.') + 1), IsDigit)) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!IsDnsLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool IsBracketed(std::string_view text) {
  return text.size() > 2 && text.front() == '[' && text.back() == ']';
}

// [192.0.2.1] or [IPv6:2001:db8::1].
bool IsAddressLiteral(std::string_view text) {
  if (!IsBracketed(text)) return false;
  std::string_view inside = text.substr(1, text.size() - 2);
  const bool tagged = inside.starts_with("IPv6:");
  if (tagged) inside.remove_prefix(5);
  const auto address = ParseAddress(inside);
  return address && address->ipv6 == tagged;
}

bool IsLocalPartCharacter(char c) {
  return c > ' ' && c < 0x7f && std::string_view("<>()[]\\,;:\"@").find(c) == std::string::npos;
}

}  // namespace

std::optional<HostPort> ParseHostPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = ParseNumber(text.substr(colon + 1), 65535);
  std::string_view host = text.substr(0, colon);
  const bool bracketed = IsBracketed(host);
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!port || *port == 0 || !IsHost(host)) return std::nullopt;
  const auto address = ParseAddress(host);
  if (bracketed != (address && address->ipv6)) return std::nullopt;
  return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string FormatHostPort(const HostPort& target) {
  return target.host.find(':') == std::string::npos
             ? fmt::format("{}:{}", target.host, target.port)
             : fmt::format("[{}]:{}", target.host, target.port);
}

bool IsLabelName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabelName && IsAlphanumeric(text.front()) &&
         All(text, [](char c) { return IsAlphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool IsHost(std::string_view text) { return IsAddress(text) || IsDnsName(text); }

bool IsAddress(std::string_view text) { return ParseAddress(text).has_value(); }

bool IsEhloName(std::string_view text) { return IsDnsName(text) || IsAddressLiteral(text); }

bool IsMailAddress(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > kMaxLocalPart) return false;
  if (text.size() > kMaxMailAddress || !All(text.substr(0, at), IsLocalPartCharacter)) return false;
  const std::string_view domain = text.substr(at + 1);
  return IsDnsName(domain) || IsAddressLiteral(domain);
}

std::optional<Cidr> Cidr::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = ParseAddress(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int bits = address->ipv6 ? 128 : 32;
  const auto prefix = slash == std::string_view::npos ? std::optional<int>(bits)
                                                      : ParseNumber(text.substr(slash + 1), bits);
  if (!prefix) return std::nullopt;
  Cidr cidr;
  cidr.network_ = address->bytes;
  cidr.ipv6_ = address->ipv6;
  cidr.prefix_ = *prefix;
  return cidr;
}

bool Cidr::Contains(std::string_view text) const {
  auto address = ParseAddress(text);
  if (!address) return false;
  if (!ipv6_) UnmapIpv4(*address);
  if (address->ipv6 != ipv6_) return false;
  const auto whole = static_cast<std::size_t>(prefix_ / 8);
  if (!std::equal(network_.begin(), network_.begin() + whole, address->bytes.begin())) return false;
  const int rest = prefix_ % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<unsigned char>(0xff << (8 - rest));
  return (network_[whole] & mask) == (address->bytes[whole] & mask);
}

}  // namespace relaywatch
