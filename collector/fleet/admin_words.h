// What the calls of the admin service have in common. Pure; thread-safe.
#pragma once

#include <fmt/format.h>
#include <grpcpp/support/status.h>

#include <algorithm>
#include <string>

namespace relaywatch::collector {

// Who, in the audit. gRPC does not tell who is at the other end of a UNIX socket; its file mode
// lets in the collector's user and root alone.
inline constexpr const char* kAdmin = "admin";

inline constexpr std::size_t kMaxReason = 500;

inline grpc::Status Bad(const std::string& why) {
  return {grpc::StatusCode::INVALID_ARGUMENT, why};
}

// Of something that an operator decided.
inline grpc::Status CheckReason(const std::string& text) {
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  if (text.size() <= kMaxReason && std::none_of(text.begin(), text.end(), is_control)) {
    return grpc::Status::OK;
  }
  return Bad(fmt::format("reason: more than {} bytes, or control characters", kMaxReason));
}

}  // namespace relaywatch::collector
