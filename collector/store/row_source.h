// Feeds result rows to SQLite from memory: a virtual table whose rows are those of the span that
// was set last, so that one statement inserts a whole group. Binding, stepping and resetting a
// statement for every row costs as much again as the insert itself (tests/bench/ingest measures
// both). Confined to the thread of its database, which it must outlive.
#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"
#include "collector/store/rows.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

class RowSource {
 public:
  static constexpr const char* kTable = "incoming";  // columns as of table result, without id

  // Registers the table with a connection.
  absl::Status Register(sqlite::Database& database);

  // The rows must stay as they are while a statement reads the table.
  void Set(std::span<const ResultRow> rows) { rows_ = rows; }
  std::span<const ResultRow> rows() const { return rows_; }

 private:
  std::span<const ResultRow> rows_;
};

}  // namespace relaywatch::collector
