#include "common/secret/password_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace relaywatch {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// systemd.exec(5), LoadCredential=: the directory itself is closed to everybody else.
bool IsSystemdCredential(const std::string& file) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory != nullptr && *directory != '\0' &&
         file.starts_with(directory + std::string("/"));
}

absl::Status CheckMode(int fd, const std::string& file) {
  struct stat about {};
  if (fstat(fd, &about) != 0) return absl::ErrnoToStatus(errno, fmt::format("read {}", file));
  if (!S_ISREG(about.st_mode)) {
    return absl::InvalidArgumentError(fmt::format("{}: not a regular file", file));
  }
  const mode_t others = IsSystemdCredential(file) ? S_IRWXO : S_IRWXG | S_IRWXO;
  if ((about.st_mode & others) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(fmt::format(
      "{}: others can read it (mode {:04o}); chmod 600 {}", file, about.st_mode & 07777, file));
}

absl::StatusOr<Secret> CheckPassword(std::string_view line, const std::string& file) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (line.empty()) return absl::InvalidArgumentError(fmt::format("{}: no password in it", file));
  if (line.size() > kMaxPasswordBytes) {
    return absl::InvalidArgumentError(
        fmt::format("{}: the first line is longer than {} bytes", file, kMaxPasswordBytes));
  }
  if (std::any_of(line.begin(), line.end(), is_control)) {
    return absl::InvalidArgumentError(
        fmt::format("{}: the password has a control character in it", file));
  }
  return Secret(line);
}

// Wiped by whoever owns it; large enough to see that a line is too long.
using Buffer = std::array<char, kMaxPasswordBytes + 2>;

absl::StatusOr<Secret> ReadFirstLine(int fd, const std::string& file, Buffer& buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t count = read(fd, buffer.data() + size, buffer.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, fmt::format("read {}", file));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  const std::string_view text(buffer.data(), size);
  return CheckPassword(text.substr(0, text.find('\n')), file);
}

}  // namespace

absl::StatusOr<Secret> ReadPasswordFile(const std::string& file) {
  // Not blocking, so that a FIFO in its place is refused instead of waited for.
  const Descriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.get() < 0) return absl::ErrnoToStatus(errno, fmt::format("read {}", file));
  if (auto checked = CheckMode(fd.get(), file); !checked.ok()) return checked;
  Buffer buffer;
  auto password = ReadFirstLine(fd.get(), file, buffer);
  WipeBytes(buffer.data(), buffer.size());
  return password;
}

}  // namespace relaywatch
