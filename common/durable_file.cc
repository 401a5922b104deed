#include "common/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace relaywatch {
namespace {

bool WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool SyncDirectoryOf(const std::string& file) {
  const std::string directory = std::filesystem::absolute(file).parent_path();
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = fsync(fd) == 0;
  close(fd);
  return synced;
}

}  // namespace

absl::Status ReplaceFile(const std::string& file, std::string_view content, mode_t mode) {
  const std::string temporary = file + ".new";
  const auto failure = [&] { return absl::ErrnoToStatus(errno, fmt::format("write {}", file)); };
  unlink(temporary.c_str());  // of an earlier life; it may have had another mode
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return failure();
  if (!WriteAll(fd, content) || fchmod(fd, mode) != 0 || fsync(fd) != 0) {
    const absl::Status failed = failure();
    close(fd);
    unlink(temporary.c_str());
    return failed;
  }
  close(fd);
  if (rename(temporary.c_str(), file.c_str()) != 0 || !SyncDirectoryOf(file)) return failure();
  return absl::OkStatus();
}

absl::Status MakeDirectory(const std::string& directory, mode_t mode) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return absl::OkStatus();
  std::filesystem::create_directories(directory, error);
  if (error) return absl::ErrnoToStatus(error.value(), fmt::format("create {}", directory));
  chmod(directory.c_str(), mode);
  return absl::OkStatus();
}

}  // namespace relaywatch
