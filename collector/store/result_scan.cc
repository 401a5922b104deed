#include "collector/store/result_scan.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "collector/store/chunk_row.h"
#include "collector/store/reader.h"

namespace relaywatch::collector {
namespace {

using sqlite::Statement;

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

bool Earlier(const ResultRow& a, const ResultRow& b) {
  return std::tie(a.time_ms, a.epoch, a.seq) < std::tie(b.time_ms, b.epoch, b.seq);
}

}  // namespace

absl::Status ResultScan::Run() {
  if (auto listed = ListSegments(); !listed.ok()) return listed;
  auto hot = ListHotRows(database_, range_);
  if (!hot.ok()) return hot.status();
  hot_ = *std::move(hot);
  if (auto listed = ListSeries(); !listed.ok()) return listed;
  auto chunks = Statement::Prepare(database_, "SELECT * FROM chunk WHERE id BETWEEN ? AND ?");
  if (!chunks.ok()) return chunks.status();
  chunks_ = *std::move(chunks);
  auto hot_row = Statement::Prepare(database_, "SELECT * FROM result WHERE id = ?");
  if (!hot_row.ok()) return hot_row.status();
  hot_row_ = *std::move(hot_row);
  std::span<const HotRow> left = hot_;
  for (const std::int64_t series : series_) {
    std::size_t count = 0;
    while (count < left.size() && left[count].series == series) ++count;
    if (auto read = ReadSeries(series, left.first(count)); !read.ok()) return read;
    if (enough_) return absl::OkStatus();
    left = left.subspan(count);
  }
  return absl::OkStatus();
}

absl::Status ResultScan::ListSegments() {
  auto rows = Statement::Prepare(database_,
                                 "SELECT id, first_ms FROM segment WHERE last_ms >= ? AND "
                                 "first_ms < ? ORDER BY first_ms, id");
  if (!rows.ok()) return rows.status();
  rows->Bind(1, range_.since_ms).Bind(2, range_.until_ms);
  return rows->ForEachRow([&] { segments_.push_back({rows->Integer(0), rows->Integer(1)}); });
}

absl::Status ResultScan::ListSeries() {
  series_ = range_.series;
  if (range_.series.empty()) {
    for (const HotRow& row : hot_) {
      if (series_.empty() || series_.back() != row.series) series_.push_back(row.series);
    }
    auto rows = Statement::Prepare(database_, "SELECT id FROM series");
    if (!rows.ok()) return rows.status();
    auto listed = rows->ForEachRow([&] { series_.push_back(rows->Integer(0)); });
    if (!listed.ok()) return listed;
  }
  std::ranges::sort(series_);
  series_.erase(std::unique(series_.begin(), series_.end()), series_.end());
  return absl::OkStatus();
}

absl::Status ResultScan::ReadSeries(std::int64_t series, std::span<const HotRow> hot) {
  rows_.clear();
  std::int64_t hot_ms = hot.empty() ? kNever : std::ranges::min(hot, {}, &HotRow::time_ms).time_ms;
  const auto load_hot = [&] {
    Show(std::exchange(hot_ms, kNever));
    return LoadHot(hot);
  };
  for (const Segment& segment : segments_) {
    if (hot_ms <= segment.first_ms) {
      if (auto loaded = load_hot(); !loaded.ok()) return loaded;
    }
    Show(segment.first_ms);
    if (enough_) return absl::OkStatus();
    if (auto loaded = LoadSegment(segment.id, series); !loaded.ok()) return loaded;
  }
  if (hot_ms != kNever) {
    if (auto loaded = load_hot(); !loaded.ok()) return loaded;
  }
  Show(kNever);
  return absl::OkStatus();
}

absl::Status ResultScan::LoadHot(std::span<const HotRow> hot) {
  for (const HotRow& row : hot) {
    hot_row_->Bind(1, row.id);
    auto loaded = hot_row_->ForEachRow([&] { rows_.push_back(ResultOf(*hot_row_)); });
    if (!loaded.ok()) return loaded;
  }
  return absl::OkStatus();
}

absl::Status ResultScan::LoadSegment(std::int64_t segment, std::int64_t series) {
  const auto begin = static_cast<std::ptrdiff_t>(rows_.size());
  chunks_->Bind(1, ChunkId(segment, series, 0)).Bind(2, ChunkId(segment, series, kMaxParts - 1));
  auto loaded = chunks_->ForEachRow([&] { return DecodeChunk(ChunkOf(*chunks_), rows_); });
  const auto outside = std::remove_if(rows_.begin() + begin, rows_.end(),
                                      [&](const ResultRow& row) { return !InRange(row); });
  rows_.erase(outside, rows_.end());
  return loaded;
}

bool ResultScan::InRange(const ResultRow& row) const {
  return row.time_ms >= range_.since_ms && row.time_ms < range_.until_ms;
}

void ResultScan::Show(std::int64_t before_ms) {
  if (!std::ranges::is_sorted(rows_, Earlier)) std::ranges::sort(rows_, Earlier);
  auto row = rows_.begin();
  for (; row != rows_.end() && row->time_ms < before_ms && !enough_; ++row) enough_ = !visit_(*row);
  rows_.erase(rows_.begin(), row);
}

}  // namespace relaywatch::collector
