#include "common/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace relaywatch {
namespace {

// The holder's pid as it wrote it; empty where it had no time to.
std::string ReadHolder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t length = pread(descriptor, text.data(), text.size(), 0);
  const std::string_view read(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  return std::string(read.substr(0, read.find('\n')));
}

}  // namespace

absl::StatusOr<LockFile> LockFile::Acquire(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, fmt::format("open {}", file));
  LockFile lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return absl::ErrnoToStatus(errno, fmt::format("lock {}", file));
    const std::string holder = ReadHolder(descriptor);
    return absl::AlreadyExistsError(fmt::format("{} is held by another process{}", file,
                                                holder.empty() ? "" : ", pid " + holder));
  }
  const std::string pid = fmt::format("{}\n", getpid());
  // The pid is for people; the lock itself does not depend on it.
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, pid.data(), pid.size(), 0) < 0) {
    return absl::ErrnoToStatus(errno, fmt::format("write {}", file));
  }
  return lock;
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace relaywatch
