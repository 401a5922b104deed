#include "collector/store/check.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <system_error>

namespace relaywatch::collector {
namespace {

// Summing makes SQLite read the values, not only the keys.
constexpr const char* kReads[] = {
    "SELECT sum(length(value)) FROM meta",
    "SELECT sum(hwm) FROM epoch",
    "SELECT sum(length(name)) FROM agent",
    "SELECT sum(last_ms) FROM segment",
    "SELECT sum(outcome) FROM latest",
    "SELECT sum(time_ms) FROM (SELECT time_ms FROM result ORDER BY id DESC LIMIT 10000)",
    "SELECT sum(time_ms) FROM (SELECT time_ms FROM chunk ORDER BY id DESC LIMIT 1000)",
};

constexpr const char* kAboveTheMark =
    "SELECT count(*) FROM (SELECT epoch, seq FROM result ORDER BY id DESC LIMIT 10000) r "
    "JOIN epoch e ON e.id = r.epoch WHERE r.seq > e.hwm AND e.hwm > 0";

// Pages that are in the log alone are beyond the file's end, and no harm.
absl::Status CheckSize(sqlite::Database& database, const std::string& file) {
  std::error_code error;
  const auto log = std::filesystem::file_size(file + "-wal", error);
  if (!error && log > 0) return absl::OkStatus();
  const auto bytes =
      database.Integer("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  if (!bytes.ok()) return bytes.status();
  const auto there = static_cast<std::int64_t>(std::filesystem::file_size(file, error));
  if (error || there >= *bytes) return absl::OkStatus();
  return absl::DataLossError(fmt::format("its end is missing: {} of {} bytes", there, *bytes));
}

}  // namespace

absl::Status CheckQuickly(sqlite::Database& database, const std::string& file) {
  if (auto size = CheckSize(database, file); !size.ok()) return size;
  for (const char* read : kReads) {
    if (auto sum = database.Integer(read); !sum.ok()) return sum.status();
  }
  const auto above = database.Integer(kAboveTheMark);
  if (!above.ok()) return above.status();
  if (*above == 0) return absl::OkStatus();
  return absl::DataLossError(fmt::format("{} results lie above their epoch's mark", *above));
}

absl::Status CheckThoroughly(sqlite::Database& database) {
  auto check = sqlite::Statement::Prepare(database, "PRAGMA integrity_check(10)");
  if (!check.ok()) return check.status();
  std::string found;
  auto read = check->ForEachRow([&] {
    if (check->Text(0) == "ok") return;
    found += fmt::format("{}{}", found.empty() ? "" : "; ", check->Text(0));
  });
  if (!read.ok()) return read;
  return found.empty() ? absl::OkStatus() : absl::DataLossError(found);
}

std::int64_t CountDamaged(const std::string& file) {
  const std::filesystem::path path(file);
  const std::string prefix = path.filename().string() + kDamagedSuffix;
  std::int64_t count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(prefix) && !name.ends_with("-wal")) ++count;
  }
  return count;
}

}  // namespace relaywatch::collector
