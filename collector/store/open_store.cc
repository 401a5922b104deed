#include "collector/store/open_store.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <system_error>

#include "collector/annotate.h"
#include "collector/store/check.h"

namespace relaywatch::collector {
namespace {

namespace fs = std::filesystem;

// The log goes along: it holds what the file does not have yet.
absl::StatusOr<std::string> SetAside(const std::string& file, std::int64_t now_ms) {
  const std::chrono::system_clock::time_point now{std::chrono::milliseconds(now_ms)};
  const std::string aside =
      fmt::format("{}{}{:%Y%m%dT%H%M%SZ}", file, kDamagedSuffix, fmt::gmtime(now));
  std::error_code error;
  if (fs::exists(aside, error)) {
    return absl::AlreadyExistsError(fmt::format("{} is there already", aside));
  }
  for (const char* part : {"-wal", ""}) {
    if (!fs::exists(file + part, error)) continue;
    fs::rename(file + part, aside + part, error);
    if (error) {
      return absl::Status(absl::ErrnoToStatusCode(error.value()),
                          fmt::format("rename {}: {}", file + part, error.message()));
    }
  }
  fs::remove(file + "-shm", error);
  fs::remove(file + ".suspect", error);
  return aside;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> OpenStore(const std::string& directory,
                                                       const Retention& retention,
                                                       std::int64_t now_ms) {
  auto store = SqliteStore::Open(directory, {}, retention);
  if (!absl::IsDataLoss(store.status())) return store;
  const auto aside = SetAside(directory + "/relaywatch.db", now_ms);
  if (!aside.ok()) return Annotate(aside.status(), std::string(store.status().message()));
  spdlog::critical("store: {}; set aside as {}, and begun anew",
                   std::string(store.status().message()), *aside);
  return SqliteStore::Open(directory, {}, retention);
}

absl::Status CheckStore(const std::string& directory) {
  const std::string file = directory + "/relaywatch.db";
  std::error_code error;
  // Even reading takes a file beside it, unless it is known that nobody writes: a backup, say, on a
  // disk that is read-only. A log that is there has to be read with it.
  const bool is_fixed = access(directory.c_str(), W_OK) != 0 && !fs::exists(file + "-wal", error);
  auto database =
      is_fixed ? sqlite::Database::OpenImmutable(file) : sqlite::Database::OpenReadOnly(file);
  if (!database.ok()) return database.status();
  return Annotate(CheckThoroughly(*database), file);
}

}  // namespace relaywatch::collector
