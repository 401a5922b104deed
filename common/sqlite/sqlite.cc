#include "common/sqlite/sqlite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace relaywatch::sqlite {
namespace {

absl::StatusCode CodeOf(int error) {
  switch (error & 0xff) {
    case SQLITE_FULL:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
      return absl::StatusCode::kUnavailable;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_INTERRUPT:
      return absl::StatusCode::kDeadlineExceeded;
    default:
      return absl::StatusCode::kInternal;
  }
}

// What tells a text of several statements from another.
std::string_view FirstLine(std::string_view sql) {
  sql.remove_prefix(std::min(sql.find_first_not_of('\n'), sql.size()));
  const std::string_view line = sql.substr(0, sql.find('\n'));
  return line.substr(0, line.find(';'));
}

}  // namespace

absl::Status ErrorOf(sqlite3* handle, std::string_view doing) {
  const int error = sqlite3_extended_errcode(handle);
  const int system = sqlite3_system_errno(handle);
  // SQLite's "disk I/O error" hides the reason that helps: the system's.
  const bool tell =
      system != 0 && ((error & 0xff) == SQLITE_IOERR || (error & 0xff) == SQLITE_CANTOPEN);
  return {CodeOf(error),
          tell ? fmt::format("{}: {} ({})", doing, sqlite3_errmsg(handle), std::strerror(system))
               : fmt::format("{}: {}", doing, sqlite3_errmsg(handle))};
}

absl::StatusOr<Database> Database::Open(const std::string& file) {
  return OpenWith(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

absl::StatusOr<Database> Database::OpenReadOnly(const std::string& file) {
  return OpenWith(file, SQLITE_OPEN_READONLY);
}

absl::StatusOr<Database> Database::OpenImmutable(const std::string& file) {
  std::string uri = "file:";
  for (const char c : file) {
    uri += c == '%' || c == '?' || c == '#' ? fmt::format("%{:02x}", c) : std::string(1, c);
  }
  return OpenWith(uri + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

absl::StatusOr<Database> Database::OpenWith(const std::string& file, int flags) {
  sqlite3* handle = nullptr;
  // No mutex: a connection belongs to one thread.
  const int error = sqlite3_open_v2(file.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle);  // SQLite hands out a handle to close even where it failed
  if (error != SQLITE_OK) return database.Error(fmt::format("open {}", file));
  sqlite3_extended_result_codes(handle, 1);
  return database;
}

absl::Status Database::Execute(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) {
    return absl::OkStatus();
  }
  return Error(FirstLine(sql));
}

absl::StatusOr<std::int64_t> Database::Integer(const std::string& sql) {
  auto statement = Statement::Prepare(*this, sql);
  if (!statement.ok()) return statement.status();
  const auto row = statement->Step();
  if (!row.ok()) return row.status();
  return *row ? statement->Integer(0) : 0;
}

absl::Status Database::Error(std::string_view doing) const { return ErrorOf(handle(), doing); }

absl::StatusOr<Statement> Statement::Prepare(Database& database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int error = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                       SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (error != SQLITE_OK) return database.Error("prepare");
  return Statement(database, statement);
}

Statement& Statement::BindText(int index, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBlob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

absl::Status Statement::Run() {
  sqlite3_step(statement_.get());
  if (sqlite3_reset(statement_.get()) == SQLITE_OK) return absl::OkStatus();
  return ErrorOf(database_, "write");
}

absl::StatusOr<bool> Statement::Step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (sqlite3_reset(statement_.get()) == SQLITE_OK) return false;
  return ErrorOf(database_, "read");
}

std::string_view Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return {text == nullptr ? "" : text,
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::Blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return {bytes == nullptr ? "" : bytes,
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

absl::StatusOr<Transaction> Transaction::Begin(Database& database) {
  if (auto begun = database.Execute("BEGIN IMMEDIATE"); !begun.ok()) return begun;
  return Transaction(database.handle());
}

absl::Status Transaction::Commit() {
  sqlite3* handle = std::exchange(handle_, nullptr);
  if (sqlite3_exec(handle, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK) {
    return absl::OkStatus();
  }
  const absl::Status error = ErrorOf(handle, "commit");
  if (sqlite3_get_autocommit(handle) == 0)
    sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
  return error;
}

Transaction::~Transaction() {
  // SQLite rolls back by itself after some errors (disk full); a second one would be an error.
  if (handle_ != nullptr && sqlite3_get_autocommit(handle_) == 0) {
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

}  // namespace relaywatch::sqlite
