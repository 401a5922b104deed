#include "agent/location/host_network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

namespace relaywatch::agent {
namespace {

std::string ReadAll(const char* file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::string ToText(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  } else {
    return "";
  }
  return inet_ntop(address->sa_family, bytes, text.data(), text.size()) != nullptr ? text.data()
                                                                                   : "";
}

std::vector<std::string> Fields(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> fields;
  for (std::string field; stream >> field;) fields.push_back(field);
  return fields;
}

template <typename Visit>
void ForEachLine(std::string_view text, Visit visit) {
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) visit(Fields(line));
}

std::optional<std::uint32_t> ParseHex(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// 32 hexadecimal digits, as /proc/net/ipv6_route writes an address.
std::string Ipv6FromHex(std::string_view digits) {
  if (digits.size() != 32) return "";
  std::array<unsigned char, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = ParseHex(digits.substr(2 * i, 2));
    if (!byte) return "";
    bytes[i] = static_cast<unsigned char>(*byte);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

constexpr std::string_view kNoIpv6 = "00000000000000000000000000000000";

}  // namespace

std::string LocalAddressFor(const std::string& remote) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(remote.c_str(), "9", &hints, &found) != 0) return "";
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  const int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return "";
  std::string local;
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (connect(fd, found->ai_addr, found->ai_addrlen) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    local = ToText(reinterpret_cast<const sockaddr*>(&address));
  }
  close(fd);
  return local;
}

std::string InterfaceOf(const std::string& local_address) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return "";
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned(first, freeifaddrs);
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr != nullptr && ToText(entry->ifa_addr) == local_address) {
      return entry->ifa_name;
    }
  }
  return "";
}

std::string GatewayOf(const std::string& interface, bool ipv6) {
  return ipv6 ? GatewayInIpv6RouteTable(ReadAll("/proc/net/ipv6_route"), interface)
              : GatewayInRouteTable(ReadAll("/proc/net/route"), interface);
}

std::vector<std::string> DnsSuffixes() { return SuffixesInResolvConf(ReadAll("/etc/resolv.conf")); }

// Iface Destination Gateway Flags ...; addresses are the bytes as they lie in memory, in hex.
std::string GatewayInRouteTable(std::string_view table, std::string_view interface) {
  std::string gateway;
  ForEachLine(table, [&](const std::vector<std::string>& fields) {
    if (!gateway.empty() || fields.size() < 3 || fields[0] != interface) return;
    const auto destination = ParseHex(fields[1]);
    const auto via = ParseHex(fields[2]);
    if (!destination || *destination != 0 || !via || *via == 0) return;
    std::array<char, INET_ADDRSTRLEN> text{};
    const in_addr address{*via};
    inet_ntop(AF_INET, &address, text.data(), text.size());
    gateway = text.data();
  });
  return gateway;
}

// Destination Length Source Length NextHop Metric RefCount Use Flags Iface.
std::string GatewayInIpv6RouteTable(std::string_view table, std::string_view interface) {
  std::string gateway;
  ForEachLine(table, [&](const std::vector<std::string>& fields) {
    if (!gateway.empty() || fields.size() < 10 || fields[9] != interface) return;
    if (fields[0] != kNoIpv6 || fields[1] != "00" || fields[4] == kNoIpv6) return;
    gateway = Ipv6FromHex(fields[4]);
  });
  return gateway;
}

std::vector<std::string> SuffixesInResolvConf(std::string_view resolv_conf) {
  std::vector<std::string> suffixes;
  ForEachLine(resolv_conf, [&](const std::vector<std::string>& fields) {
    if (fields.size() < 2 || (fields[0] != "search" && fields[0] != "domain")) return;
    suffixes.insert(suffixes.end(), fields.begin() + 1, fields.end());
  });
  return suffixes;
}

}  // namespace relaywatch::agent
