// One daemon per directory of state: an exclusive flock on a file in it, gone with the process
// however that ends. Movable; the lock is held as long as the object lives.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace relaywatch {

class LockFile {
 public:
  // AlreadyExists where another process holds it (its pid in the message), PermissionDenied or
  // another system error where the file cannot be opened.
  static absl::StatusOr<LockFile> Acquire(const std::string& file);

  LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace relaywatch
