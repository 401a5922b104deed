#include "collector/store/rollup_table.h"

#include <absl/strings/str_join.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "collector/store/rollup_codec.h"
#include "collector/store/rollup_period.h"

namespace relaywatch::collector {
namespace {

using sqlite::Statement;

// What is in the row already.
absl::StatusOr<std::vector<Bucket>> ReadRow(sqlite::Database& database, Level level,
                                            std::int64_t id) {
  auto row = Statement::Prepare(
      database, fmt::format("SELECT counts, stages FROM {} WHERE id = ?", TableOf(level)));
  if (!row.ok()) return row.status();
  const auto found = row->Bind(1, id).Step();
  if (!found.ok()) return found.status();
  if (!*found) return std::vector<Bucket>();
  const BucketRange all{.step_ms = WidthMs(level)};
  return DecodeRollup(level, id, all, row->Text(0), row->Blob(1));
}

absl::Status AddToRow(sqlite::Database& database, Level level, std::int64_t id,
                      std::span<const Bucket> more) {
  auto buckets = ReadRow(database, level, id);
  if (absl::IsDataLoss(buckets.status())) {
    spdlog::error("store: series {}: {}; it begins anew", SeriesOf(id),
                  std::string(buckets.status().message()));
    buckets.emplace();
  }
  if (!buckets.ok()) return buckets.status();
  MergeBuckets(more, *buckets);
  const RollupRow row = EncodeRollup(level, PeriodStartMs(level, id), *buckets);
  auto put = Statement::Prepare(
      database, fmt::format("INSERT OR REPLACE INTO {} VALUES(?, ?, ?)", TableOf(level)));
  if (!put.ok()) return put.status();
  return put->Bind(1, id).BindText(2, row.counts).BindBlob(3, row.stages).Run();
}

}  // namespace

absl::Status AddToRollup(sqlite::Database& database, Level level, std::span<const Bucket> buckets) {
  while (!buckets.empty()) {
    const std::int64_t period = PeriodOf(level, buckets.front().start_ms);
    std::size_t count = 1;
    while (count < buckets.size() && PeriodOf(level, buckets[count].start_ms) == period) ++count;
    const auto added = AddToRow(database, level, RollupId(buckets.front().series, period),
                                buckets.subspan(0, count));
    if (!added.ok()) return added;
    buckets = buckets.subspan(count);
  }
  return absl::OkStatus();
}

RollupCursor::RollupCursor(Level level, const BucketRange& range, Statement rows)
    : level_(level), range_(range), rows_(std::move(rows)) {}

absl::StatusOr<RollupCursor> RollupCursor::Open(sqlite::Database& database, Level level,
                                                const BucketRange& range) {
  const std::string listed =
      range.series.empty() ? ""
                           : fmt::format("WHERE s.id IN ({}) ", absl::StrJoin(range.series, ","));
  auto rows = Statement::Prepare(
      database,
      fmt::format("SELECT f.id, f.counts, f.stages FROM series s CROSS JOIN {} f "
                  "ON f.id BETWEEN (s.id << {}) + ? AND (s.id << {}) + ? {}ORDER BY s.id, f.id",
                  TableOf(level), kPeriodBits, kPeriodBits, listed));
  if (!rows.ok()) return rows.status();
  rows->Bind(1, PeriodOf(level, range.since_ms)).Bind(2, PeriodOf(level, range.until_ms));
  return RollupCursor(level, range, *std::move(rows));
}

absl::StatusOr<const Bucket*> RollupCursor::Next() {
  while (next_ == buckets_.size()) {
    const auto row = rows_.Step();
    if (!row.ok()) return row.status();
    if (!*row) return nullptr;
    auto buckets = DecodeRollup(level_, rows_.Integer(0), range_, rows_.Text(1), rows_.Blob(2));
    if (!buckets.ok()) return buckets.status();
    buckets_ = *std::move(buckets);
    next_ = 0;
  }
  return &buckets_[next_++];
}

absl::StatusOr<std::int64_t> CoveredSince(sqlite::Database& database, Level level) {
  return database.Integer(fmt::format(
      "SELECT ifnull(max(value), 0) FROM meta WHERE key = '{}_since_ms'", Label(level)));
}

absl::Status SetCoveredSince(sqlite::Database& database, Level level, std::int64_t since_ms) {
  return database.Execute(
      fmt::format("INSERT INTO meta VALUES('{}_since_ms', {}) ON CONFLICT(key) DO UPDATE "
                  "SET value = max(value, excluded.value)",
                  Label(level), since_ms));
}

}  // namespace relaywatch::collector
