#include "agent/spool/set_aside.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

namespace relaywatch::agent {
namespace {

constexpr std::size_t kKept = 2;

// The files without their logs, oldest first: the time is of fixed width.
std::vector<std::string> Damaged(const std::string& file) {
  std::vector<std::string> found;
  std::error_code error;
  const auto directory = std::filesystem::path(file).parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path();
    if (name.starts_with(file + ".damaged-") && !name.ends_with("-wal")) found.push_back(name);
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

absl::Status SetAside(const std::string& file, std::int64_t wall_ms) {
  const std::string to = fmt::format("{}.damaged-{:015}", file, wall_ms);
  std::error_code error;
  std::filesystem::rename(file, to, error);
  if (error) return absl::ErrnoToStatus(error.value(), fmt::format("move {} aside", file));
  std::filesystem::rename(file + "-wal", to + "-wal", error);  // there may be none
  std::filesystem::remove(file + "-wal", error);
  std::filesystem::remove(file + "-shm", error);
  const auto damaged = Damaged(file);
  for (std::size_t i = 0; i + kKept < damaged.size(); ++i) {
    std::filesystem::remove(damaged[i], error);
    std::filesystem::remove(damaged[i] + "-wal", error);
  }
  return absl::OkStatus();
}

}  // namespace relaywatch::agent
