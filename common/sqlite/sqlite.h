// SQLite in RAII and absl::Status: a connection, a prepared statement, a transaction. Errors carry
// SQLite's words and map to codes by what one can do about them: ResourceExhausted (disk full),
// DataLoss (corrupt, not a database), Unavailable (I/O error, busy), PermissionDenied (read-only,
// cannot open), DeadlineExceeded (interrupted), Internal for the rest. Confined to one thread each.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace relaywatch::sqlite {

class Database {
 public:
  // Creates the file where it is missing.
  static absl::StatusOr<Database> Open(const std::string& file);
  // Never writes, not even to bring the log into the file; PermissionDenied where it is missing.
  static absl::StatusOr<Database> OpenReadOnly(const std::string& file);
  // As OpenReadOnly, for a file that nobody can write to meanwhile: takes no locks and no files
  // beside it, and so reads from a read-only disk. A log is not looked at.
  static absl::StatusOr<Database> OpenImmutable(const std::string& file);

  // Any number of statements, results thrown away.
  absl::Status Execute(const std::string& sql);
  // The first column of the first row.
  absl::StatusOr<std::int64_t> Integer(const std::string& sql);

  absl::Status Error(std::string_view doing) const;  // of the last call that failed
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Closer {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}
  static absl::StatusOr<Database> OpenWith(const std::string& file, int flags);
  std::unique_ptr<sqlite3, Closer> handle_;
};

// Must not outlive its database. Parameters are bound by position from 1 and stay bound.
class Statement {
 public:
  static absl::StatusOr<Statement> Prepare(Database& database, std::string_view sql);

  Statement& Bind(int index, std::int64_t value) {
    sqlite3_bind_int64(statement_.get(), index, value);
    return *this;
  }
  Statement& BindNull(int index) {
    sqlite3_bind_null(statement_.get(), index);
    return *this;
  }
  // The bytes must stay valid until the statement is run.
  Statement& BindText(int index, std::string_view text);
  Statement& BindBlob(int index, std::string_view bytes);

  // Runs a statement that yields nothing.
  absl::Status Run();
  // True while there is a row; after false (or an error) the statement is reset.
  absl::StatusOr<bool> Step();
  // Ends a walk over rows early.
  void Reset() { sqlite3_reset(statement_.get()); }
  // Calls visit() at every row that is left; what it returns, if anything, is a Status, and an
  // error ends the walk. The statement is reset afterwards.
  template <typename Visit>
  absl::Status ForEachRow(Visit visit);

  // Of the current row, from 0; views are valid until the next step.
  std::int64_t Integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  std::string_view Text(int column) const;
  std::string_view Blob(int column) const;

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Statement(Database& database, sqlite3_stmt* statement)
      : database_(database.handle()), statement_(statement) {}
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

template <typename Visit>
absl::Status Statement::ForEachRow(Visit visit) {
  while (true) {
    const auto row = Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    if constexpr (std::is_void_v<decltype(visit())>) {
      visit();
    } else if (absl::Status visited = visit(); !visited.ok()) {
      Reset();
      return visited;
    }
  }
}

// Rolls back unless committed. BEGIN IMMEDIATE: there is no second writer to wait for.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // On failure nothing of the transaction remains.
  absl::Status Commit();

 private:
  explicit Transaction(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
};

absl::Status ErrorOf(sqlite3* handle, std::string_view doing);

}  // namespace relaywatch::sqlite
