#include "collector/store/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "collector/annotate.h"
#include "common/durable_file.h"
#include "common/file.h"
#include "common/sqlite/copy.h"

namespace relaywatch::collector {
namespace {

namespace fs = std::filesystem;

absl::Status Failure(const std::string& path, int error) {
  return {absl::ErrnoToStatusCode(error), fmt::format("{}: {}", path, std::strerror(error))};
}

absl::Status SyncDirectory(const std::string& directory) {
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Failure(directory, errno);
  const int result = fsync(descriptor);
  const int error = errno;
  close(descriptor);
  return result == 0 ? absl::OkStatus() : Failure(directory, error);
}

// Keys and certificates: small files, each replaced whole by whoever writes it.
absl::StatusOr<std::int64_t> CopyPki(const std::string& from, const std::string& to) {
  std::int64_t bytes = 0;
  std::error_code error;
  if (!fs::is_directory(from, error)) return bytes;
  if (auto made = MakeDirectory(to, 0700); !made.ok()) return made;
  for (const auto& entry : fs::directory_iterator(from, error)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".pem") continue;
    const auto content = ReadFile(entry.path());
    if (!content.ok()) return content.status();
    auto written = ReplaceFile(fs::path(to) / entry.path().filename(), *content, 0600);
    if (!written.ok()) return written;
    bytes += static_cast<std::int64_t>(content->size());
  }
  if (error) return Failure(from, error.value());
  return bytes;
}

absl::StatusOr<std::int64_t> Fill(const BackupRequest& request, const std::string& part) {
  const auto results = sqlite::Copy(request.data_directory + "/relaywatch.db",
                                    part + "/relaywatch.db", request.stop);
  if (!results.ok()) return results;
  const auto pki = CopyPki(request.data_directory + "/pki", part + "/pki");
  if (!pki.ok()) return pki;
  const auto fleet =
      sqlite::Copy(request.data_directory + "/fleet.sqlite", part + "/fleet.sqlite", request.stop);
  if (!fleet.ok()) return fleet;
  if (auto synced = SyncDirectory(part); !synced.ok()) return synced;
  return *results + *pki + *fleet;
}

}  // namespace

absl::StatusOr<std::int64_t> BackUp(const BackupRequest& request) {
  const fs::path destination = fs::path(request.destination).lexically_normal();
  if (!destination.is_absolute() || !destination.has_filename()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: not an absolute path of a directory to make", request.destination));
  }
  const std::string part = destination.string() + ".part";
  for (const std::string& path : {destination.string(), part}) {
    if (std::error_code error; fs::exists(fs::symlink_status(path, error))) {
      return absl::AlreadyExistsError(fmt::format("{} is there already", path));
    }
  }
  if (mkdir(part.c_str(), 0700) != 0) return Failure(part, errno);
  auto bytes = Fill(request, part);
  std::error_code error;
  if (bytes.ok()) {
    // Fails where somebody has made one of that name meanwhile, unless it is empty.
    if (rename(part.c_str(), destination.c_str()) == 0) {
      auto synced = SyncDirectory(destination.parent_path());
      if (synced.ok()) return bytes;
      return synced;
    }
    bytes = Failure(destination, errno);
  }
  fs::remove_all(part, error);
  return Annotate(bytes.status(), "backup");
}

}  // namespace relaywatch::collector
