#include "collector/store/hot_rows.h"

#include <absl/strings/str_join.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "collector/store/hot_index.h"
#include "collector/store/reader.h"

namespace relaywatch::collector {
namespace {

using sqlite::Statement;

// Of more series, to look at every row is no slower than to fetch theirs one by one.
constexpr std::size_t kFewSeries = 64;

class Lister {
 public:
  Lister(sqlite::Database& database, const ResultRange& range)
      : database_(database), range_(range) {}

  absl::StatusOr<std::vector<HotRow>> List() {
    const bool is_few = !range_.series.empty() && range_.series.size() <= kFewSeries;
    if (is_few) {
      if (auto listed = ListByIndex(); !listed.ok()) return listed;
    }
    if (auto listed = ListByLooking(is_few); !listed.ok()) return listed;
    std::ranges::sort(rows_, {}, [](const HotRow& row) { return std::tie(row.series, row.id); });
    return std::move(rows_);
  }

 private:
  absl::Status ListByIndex() {
    std::vector<std::int64_t> series = range_.series;
    std::ranges::sort(series);
    auto pieces = Statement::Prepare(
        database_,
        "SELECT places FROM hot_place WHERE last_ms >= ? AND first_ms < ? ORDER BY upto");
    if (!pieces.ok()) return pieces.status();
    pieces->Bind(1, range_.since_ms).Bind(2, range_.until_ms);
    std::vector<HotPlace> places;
    auto read = pieces->ForEachRow([&] {
      return ReadHotIndex(pieces->Blob(0), series,
                          [&](const HotPlace& place) { places.push_back(place); });
    });
    return read.ok() ? Fetch(places) : read;
  }

  absl::Status Fetch(const std::vector<HotPlace>& places) {
    auto row = Statement::Prepare(
        database_, "SELECT time_ms FROM result WHERE id = ? AND time_ms >= ? AND time_ms < ?");
    if (!row.ok()) return row.status();
    for (const HotPlace& place : places) {
      row->Bind(1, place.row).Bind(2, range_.since_ms).Bind(3, range_.until_ms);
      const auto found = row->Step();
      if (!found.ok()) return found.status();
      if (*found) rows_.push_back({place.series, row->Integer(0), place.row});
      row->Reset();
    }
    return absl::OkStatus();
  }

  // Where the index was read: what came after its last piece.
  absl::Status ListByLooking(bool is_indexed) {
    const std::string of_series =
        range_.series.empty()
            ? ""
            : fmt::format("series IN ({}) AND ", absl::StrJoin(range_.series, ","));
    const char* indexed = is_indexed ? "ifnull((SELECT max(upto) FROM hot_place), 0)" : "0";
    auto rows = Statement::Prepare(
        database_,
        fmt::format("SELECT series, time_ms, id FROM result WHERE {}time_ms >= ? AND time_ms < ? "
                    "AND id > max((SELECT value FROM meta WHERE key = 'folded_upto'), {})",
                    of_series, indexed));
    if (!rows.ok()) return rows.status();
    rows->Bind(1, range_.since_ms).Bind(2, range_.until_ms);
    return rows->ForEachRow([&] {
      rows_.push_back({rows->Integer(0), rows->Integer(1), rows->Integer(2)});
    });
  }

  sqlite::Database& database_;
  const ResultRange& range_;
  std::vector<HotRow> rows_;
};

}  // namespace

absl::StatusOr<std::vector<HotRow>> ListHotRows(sqlite::Database& database,
                                                const ResultRange& range) {
  return Lister(database, range).List();
}

}  // namespace relaywatch::collector
