// HOST:PORT as people write it: "smtp.example.com:587", "192.0.2.1:25", "[2001:db8::1]:465".
// Pure; thread-safe.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "common/syntax.h"

namespace relaywatch::cli {

// InvalidArgument says what is wrong: no port, a port outside 1-65535, an IPv6 address without
// brackets, a host name that cannot be one (RFC 1123 section 2.1).
absl::StatusOr<HostPort> ParseTarget(std::string_view text);

}  // namespace relaywatch::cli
