#include "common/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace relaywatch {
namespace {

constexpr std::size_t kMaxBytes = 1024 * 1024;

absl::StatusOr<std::string> ReadAll(int fd, const std::string& file) {
  std::string text;
  std::array<char, 16 * 1024> buffer;
  while (true) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, fmt::format("read {}", file));
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxBytes) {
      return absl::InvalidArgumentError(fmt::format("{}: larger than 1 MiB", file));
    }
  }
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, fmt::format("read {}", file));
  auto text = ReadAll(fd, file);
  close(fd);
  return text;
}

}  // namespace relaywatch
