#include "cli/target.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <optional>

#include "absl/status/status.h"

namespace relaywatch::cli {
namespace {

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;

bool IsIpv6(const std::string& host) {
  in6_addr address{};
  // A zone ("fe80::1%eth0") is the resolver's business; the address before it must be one.
  return inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) == 1;
}

bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  std::size_t label_bytes = 0;
  for (const char c : host) {
    if (c == '.') {
      if (label_bytes == 0) return false;
      label_bytes = 0;
      continue;
    }
    const bool allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    if (!allowed || ++label_bytes > kMaxLabelBytes) return false;
  }
  return true;
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < 1 || value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

absl::Status Wrong(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      fmt::format("target \"{}\": {}; write HOST:PORT, or [ADDRESS]:PORT for IPv6", text, why));
}

}  // namespace

absl::StatusOr<Target> ParseTarget(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t close = text.find(']');
  if (bracketed && close == std::string_view::npos) return Wrong(text, "the bracket is not closed");
  const std::size_t colon = bracketed ? close + 1 : text.rfind(':');
  if (colon >= text.size() || text[colon] != ':') return Wrong(text, "the port is missing");

  const std::string host(bracketed ? text.substr(1, close - 1) : text.substr(0, colon));
  if (bracketed && !IsIpv6(host)) return Wrong(text, "no IPv6 address stands in the brackets");
  if (!bracketed && host.find(':') != std::string::npos) {
    return Wrong(text, "an IPv6 address needs brackets");
  }
  if (!bracketed && !IsHostName(host)) return Wrong(text, "this is no host name and no address");

  const auto port = ParsePort(text.substr(colon + 1));
  if (!port) return Wrong(text, "the port is not a number in 1-65535");
  return Target{.host = host, .port = *port};
}

std::string FormatTarget(std::string_view host, std::uint32_t port) {
  const bool ipv6 = host.find(':') != std::string_view::npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace relaywatch::cli
