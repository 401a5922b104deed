// What kind of place an address leads to, so that a policy can tell the mail servers of the
// internet from the neighbours of this host. By the special-purpose registries of IANA (RFC 6890)
// and the well-known metadata services of clouds. Pure; thread-safe.
#pragma once

#include <asio/ip/address.hpp>
#include <optional>
#include <string_view>

namespace relaywatch::agent {

enum class AddressClass {
  kPublic,
  kLoopback,
  kLinkLocal,
  kPrivate,      // RFC 1918, RFC 4193
  kShared,       // behind a carrier's NAT, RFC 6598
  kMetadata,     // hands out a cloud host's credentials
  kMulticast,    // and broadcast
  kUnspecified,  // "this host": Linux connects to itself
  kReserved,     // for documentation, tests and the future
};

// An IPv4-mapped IPv6 address is of the class of the IPv4 address that it carries, and so is one
// with an EmbeddedIpv4.
AddressClass ClassOf(const asio::ip::address& address);

// "a loopback address", "a private address".
std::string_view Describe(AddressClass kind);

// The IPv4 address that packets to an IPv6 one end at: 6to4 (RFC 3056), NAT64 (RFC 6052),
// IPv4-compatible (RFC 4291). A mapped one has no such second face: Unmapped makes it IPv4.
std::optional<asio::ip::address> EmbeddedIpv4(const asio::ip::address& address);

// The IPv4 address that an IPv4-mapped IPv6 one is, else the address as it is, without a zone.
asio::ip::address Unmapped(const asio::ip::address& address);

}  // namespace relaywatch::agent
