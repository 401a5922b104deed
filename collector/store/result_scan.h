// Reads results in the order of (series, time, epoch, seq) out of the hot table and every segment
// that the time touches. Of each series no more is in memory than what segments that overlap in
// time hold; of the hot table where its rows lie. Confined to the thread of its database.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "collector/store/hot_rows.h"
#include "collector/store/rows.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

struct ResultRange;

class ResultScan {
 public:
  using Visitor = absl::FunctionRef<bool(const ResultRow&)>;  // false: enough

  ResultScan(sqlite::Database& database, const ResultRange& range, Visitor visit)
      : database_(database), range_(range), visit_(visit) {}

  absl::Status Run();

 private:
  struct Segment {
    std::int64_t id = 0;
    std::int64_t first_ms = 0;
  };
  absl::Status ListSegments();
  absl::Status ListSeries();
  absl::Status ReadSeries(std::int64_t series, std::span<const HotRow> hot);
  absl::Status LoadHot(std::span<const HotRow> hot);
  absl::Status LoadSegment(std::int64_t segment, std::int64_t series);
  // Shows the results before that time.
  void Show(std::int64_t before_ms);
  bool InRange(const ResultRow& row) const;

  sqlite::Database& database_;
  const ResultRange& range_;
  Visitor visit_;
  std::vector<Segment> segments_;  // by their first time
  std::vector<HotRow> hot_;        // by series
  std::vector<std::int64_t> series_;
  std::optional<sqlite::Statement> chunks_;
  std::optional<sqlite::Statement> hot_row_;
  std::vector<ResultRow> rows_;  // of one series, loaded and not yet shown
  bool enough_ = false;
};

}  // namespace relaywatch::collector
