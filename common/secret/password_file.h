// A password (or an access token) out of a file of its own: its first line, without the line
// ending. Thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/secret/secret.h"

namespace relaywatch {

inline constexpr std::size_t kMaxPasswordBytes = 8'192;  // access tokens are long

// After errno where the file cannot be read. PermissionDenied where anybody but its owner may read
// it; in $CREDENTIALS_DIRECTORY, where systemd lets the service in through its group bits, where
// others may. InvalidArgument for what is no regular file, an empty first line, one over
// kMaxPasswordBytes or one with control characters. Messages name the file and never what is in it.
absl::StatusOr<Secret> ReadPasswordFile(const std::string& file);

}  // namespace relaywatch
