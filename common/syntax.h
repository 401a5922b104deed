// The small syntaxes of configurations and of plans, which the collector writes and the agent
// checks again: hosts, addresses, networks, mail addresses. One definition, so that what the one
// side accepts the other does not refuse. Pure; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relaywatch {

struct HostPort {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  bool operator==(const HostPort&) const = default;
};

// "host:port" and "[::1]:port"; an IPv6 address without brackets is none.
std::optional<HostPort> ParseHostPort(std::string_view text);

// "127.0.0.1:7443", "[::1]:7443".
std::string FormatHostPort(const HostPort& target);

// A name that may become a metric label: 1-63 of A-Z a-z 0-9 . _ -, a letter or digit first.
bool IsLabelName(std::string_view text);

// A DNS name (RFC 1123 section 2.1, at most 253 characters) or an address without brackets.
bool IsHost(std::string_view text);

// An IPv4 or IPv6 address in text form, without brackets or zone.
bool IsAddress(std::string_view text);

// What may follow EHLO: a DNS name or an address literal in brackets (RFC 5321 section 4.1.3).
bool IsEhloName(std::string_view text);

// local@domain within the bounds of RFC 5321 section 4.5.3.1; no quoting, no space, nothing that
// could end a command line.
bool IsMailAddress(std::string_view text);

// A network: "10.0.0.0/8", "fd00::/8"; an address alone is the network of that one address.
class Cidr {
 public:
  static std::optional<Cidr> Parse(std::string_view text);

  // False for an address of the other family and for what is no address. An IPv4-mapped IPv6
  // address counts as the IPv4 address that it carries.
  bool Contains(std::string_view address) const;

  // The network of a single address.
  bool IsOneAddress() const { return prefix_ == (ipv6_ ? 128 : 32); }

 private:
  std::array<unsigned char, 16> network_{};
  bool ipv6_ = false;
  int prefix_ = 0;
};

}  // namespace relaywatch
