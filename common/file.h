// Reads a small file whole. Thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace relaywatch {

// Any regular file of at most 1 MiB: NotFound, PermissionDenied or another code after errno where
// it cannot be read, InvalidArgument where it is larger. Every message names the file.
absl::StatusOr<std::string> ReadFile(const std::string& file);

}  // namespace relaywatch
