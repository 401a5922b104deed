#include "collector/store/row_source.h"

#include <fmt/format.h>

#include <new>

namespace relaywatch::collector {
namespace {

constexpr int kFixedColumns = 6;  // epoch, seq, series, time_ms, outcome, flags

struct Table : sqlite3_vtab {
  const RowSource* source = nullptr;
};

struct Cursor : sqlite3_vtab_cursor {
  const ResultRow* row = nullptr;
  const ResultRow* end = nullptr;
};

Cursor& Of(sqlite3_vtab_cursor* cursor) { return *static_cast<Cursor*>(cursor); }

int Connect(sqlite3* database, void* source, int, const char* const*, sqlite3_vtab** table,
            char**) {
  std::string declaration = "CREATE TABLE x(epoch, seq, series, time_ms, outcome, flags";
  for (std::size_t i = 0; i < kStageCount; ++i) declaration += fmt::format(", s{}", i);
  const int result = sqlite3_declare_vtab(database, (declaration + ")").c_str());
  if (result != SQLITE_OK) return result;
  auto* made = new (std::nothrow) Table();
  if (made == nullptr) return SQLITE_NOMEM;
  made->source = static_cast<const RowSource*>(source);
  *table = made;
  return SQLITE_OK;
}

int Disconnect(sqlite3_vtab* table) {
  delete static_cast<Table*>(table);
  return SQLITE_OK;
}

int BestIndex(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }  // a full scan, always

int Open(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
  *cursor = new (std::nothrow) Cursor();
  return *cursor == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int Close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<Cursor*>(cursor);
  return SQLITE_OK;
}

int Filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
  const auto rows = static_cast<Table*>(cursor->pVtab)->source->rows();
  Of(cursor).row = rows.data();
  Of(cursor).end = rows.data() + rows.size();
  return SQLITE_OK;
}

int Next(sqlite3_vtab_cursor* cursor) {
  ++Of(cursor).row;
  return SQLITE_OK;
}

int Eof(sqlite3_vtab_cursor* cursor) { return Of(cursor).row == Of(cursor).end ? 1 : 0; }

sqlite3_int64 Value(const ResultRow& row, int column) {
  switch (column) {
    case 0:
      return row.epoch;
    case 1:
      return static_cast<sqlite3_int64>(row.seq);
    case 2:
      return row.series;
    case 3:
      return row.time_ms;
    case 4:
      return row.outcome;
    case 5:
      return row.flags;
    default:
      return row.stage_us[static_cast<std::size_t>(column - kFixedColumns)];
  }
}

int Column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int column) {
  const ResultRow& row = *Of(cursor).row;
  // A stage that did not run is NULL, the result of a column that sets none.
  if (column >= kFixedColumns && Value(row, column) == 0) return SQLITE_OK;
  sqlite3_result_int64(context, Value(row, column));
  return SQLITE_OK;
}

int RowId(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
  *id = Of(cursor).end - Of(cursor).row;
  return SQLITE_OK;
}

sqlite3_module MakeModule() {
  sqlite3_module module{};
  // No xCreate: the table is there by its name alone and nobody can make another.
  module.xConnect = Connect;
  module.xBestIndex = BestIndex;
  module.xDisconnect = Disconnect;
  module.xOpen = Open;
  module.xClose = Close;
  module.xFilter = Filter;
  module.xNext = Next;
  module.xEof = Eof;
  module.xColumn = Column;
  module.xRowid = RowId;
  return module;
}

}  // namespace

absl::Status RowSource::Register(sqlite::Database& database) {
  static const sqlite3_module kModule = MakeModule();
  if (sqlite3_create_module_v2(database.handle(), kTable, &kModule, this, nullptr) != SQLITE_OK) {
    return database.Error("register the row source");
  }
  return absl::OkStatus();
}

}  // namespace relaywatch::collector
