// Replaces a small file so that whoever looks, at any moment and after any crash, sees the old
// content or the new one, whole: a temporary file beside it, fsync, rename, fsync of the directory.
// Thread-safe for different files.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace relaywatch {

// A code after errno, with the file's name, where it cannot be written; then nothing has changed.
absl::Status ReplaceFile(const std::string& file, std::string_view content, mode_t mode);

// Creates a directory, and those above it, where it is missing; what is there stays as it is.
absl::Status MakeDirectory(const std::string& directory, mode_t mode);

}  // namespace relaywatch
