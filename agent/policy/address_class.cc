#include "agent/policy/address_class.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "common/syntax.h"

namespace relaywatch::agent {
namespace {

struct Range {
  Cidr network;
  AddressClass kind;
};

struct NamedRange {
  const char* network;
  AddressClass kind;
};

// The first that holds the address counts, so single addresses come before their networks.
constexpr NamedRange kRanges[] = {
    {"169.254.169.254", AddressClass::kMetadata},  // AWS, Azure, Google Cloud and most others
    {"169.254.170.2", AddressClass::kMetadata},    // AWS, containers
    {"169.254.170.23", AddressClass::kMetadata},
    {"168.63.129.16", AddressClass::kMetadata},    // Azure's host agent, in a public network
    {"100.100.100.200", AddressClass::kMetadata},  // Alibaba Cloud
    {"192.0.0.192", AddressClass::kMetadata},      // Oracle Cloud
    {"fd00:ec2::254", AddressClass::kMetadata},    // AWS
    {"fd00:ec2::23", AddressClass::kMetadata},
    {"fd20:ce::254", AddressClass::kMetadata},  // Google Cloud
    {"0.0.0.0/8", AddressClass::kUnspecified},
    {"10.0.0.0/8", AddressClass::kPrivate},
    {"100.64.0.0/10", AddressClass::kShared},
    {"127.0.0.0/8", AddressClass::kLoopback},
    {"169.254.0.0/16", AddressClass::kLinkLocal},
    {"172.16.0.0/12", AddressClass::kPrivate},
    {"192.0.0.0/24", AddressClass::kReserved},
    {"192.0.2.0/24", AddressClass::kReserved},
    {"192.88.99.0/24", AddressClass::kReserved},  // the way to 6to4, given up
    {"192.168.0.0/16", AddressClass::kPrivate},
    {"198.18.0.0/15", AddressClass::kReserved},
    {"198.51.100.0/24", AddressClass::kReserved},
    {"203.0.113.0/24", AddressClass::kReserved},
    {"224.0.0.0/4", AddressClass::kMulticast},
    {"255.255.255.255", AddressClass::kMulticast},
    {"240.0.0.0/4", AddressClass::kReserved},
    {"0.0.0.0/0", AddressClass::kPublic},
    {"::", AddressClass::kUnspecified},
    {"::1", AddressClass::kLoopback},
    {"fc00::/7", AddressClass::kPrivate},
    {"fe80::/10", AddressClass::kLinkLocal},
    {"fec0::/10", AddressClass::kPrivate},  // site-local, given up
    {"ff00::/8", AddressClass::kMulticast},
    {"2001:db8::/32", AddressClass::kReserved},
    {"3fff::/20", AddressClass::kReserved},
    {"2001::/23", AddressClass::kReserved},  // of protocols, Teredo and ORCHID among them
    {"2000::/3", AddressClass::kPublic},     // all that is given out
    {"::/0", AddressClass::kReserved},
};

const std::vector<Range>& Ranges() {
  static const std::vector<Range> kParsed = [] {
    std::vector<Range> parsed;
    for (const auto& [network, kind] : kRanges) parsed.push_back({*Cidr::Parse(network), kind});
    return parsed;
  }();
  return kParsed;
}

using Bytes = asio::ip::address_v6::bytes_type;

bool StartsWith(const Bytes& bytes, std::initializer_list<unsigned char> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

asio::ip::address Ipv4At(const Bytes& bytes, std::size_t offset) {
  return asio::ip::address_v4(
      {bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]});
}

constexpr std::size_t kLastFour = 12;

}  // namespace

asio::ip::address Unmapped(const asio::ip::address& address) {
  if (address.is_v4()) return address;
  const Bytes bytes = address.to_v6().to_bytes();
  if (address.to_v6().is_v4_mapped()) return Ipv4At(bytes, kLastFour);
  return asio::ip::address_v6(bytes);
}

std::optional<asio::ip::address> EmbeddedIpv4(const asio::ip::address& address) {
  if (address.is_v4()) return std::nullopt;
  const Bytes bytes = address.to_v6().to_bytes();
  if (StartsWith(bytes, {0x20, 0x02})) return Ipv4At(bytes, 2);
  const bool well_known = StartsWith(bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
  const bool local_nat64 = StartsWith(bytes, {0, 0x64, 0xff, 0x9b, 0, 1});  // RFC 8215
  if (well_known || local_nat64) return Ipv4At(bytes, kLastFour);
  const bool compatible = StartsWith(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  if (compatible && !address.is_loopback() && !address.is_unspecified()) {
    return Ipv4At(bytes, kLastFour);
  }
  return std::nullopt;
}

AddressClass ClassOf(const asio::ip::address& address) {
  const asio::ip::address plain = Unmapped(address);
  if (const auto embedded = EmbeddedIpv4(plain)) return ClassOf(*embedded);
  const std::string text = plain.to_string();
  const auto& ranges = Ranges();
  const auto range = std::find_if(ranges.begin(), ranges.end(), [&](const Range& candidate) {
    return candidate.network.Contains(text);
  });
  return range == ranges.end() ? AddressClass::kReserved : range->kind;
}

std::string_view Describe(AddressClass kind) {
  switch (kind) {
    case AddressClass::kPublic:
      return "a public address";
    case AddressClass::kLoopback:
      return "a loopback address";
    case AddressClass::kLinkLocal:
      return "a link-local address";
    case AddressClass::kPrivate:
      return "a private address";
    case AddressClass::kShared:
      return "a shared address of a carrier's NAT";
    case AddressClass::kMetadata:
      return "a cloud's metadata service";
    case AddressClass::kMulticast:
      return "a multicast address";
    case AddressClass::kUnspecified:
      return "the unspecified address";
    case AddressClass::kReserved:
      return "a reserved address";
  }
  return "an unknown address";
}

}  // namespace relaywatch::agent
