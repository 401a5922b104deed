// HOST:PORT as people write it: "smtp.example.com:587", "192.0.2.1:25", "[2001:db8::1]:465".
// Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace relaywatch::cli {

struct Target {
  std::string host;  // an IPv6 address stands here without its brackets
  std::uint16_t port = 0;

  bool operator==(const Target&) const = default;
};

// InvalidArgument says what is wrong: no port, a port outside 1-65535, an IPv6 address without
// brackets, a host name that cannot be one (RFC 1123 section 2.1; underscores are let through).
absl::StatusOr<Target> ParseTarget(std::string_view text);

// The inverse: IPv6 addresses get their brackets back.
std::string FormatTarget(std::string_view host, std::uint32_t port);

}  // namespace relaywatch::cli
