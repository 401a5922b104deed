#include "collector/store/packer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "collector/store/timing_scale.h"

namespace relaywatch::collector {
namespace {

FoldedRow Fold(const ResultRow& row) {
  assert(row.series < kMaxSeries && row.outcome >> 32 == 0);  // both are counted from 1
  FoldedRow folded;
  folded.time_ms = row.time_ms;
  folded.seq = row.seq;
  folded.outcome = static_cast<std::uint32_t>(row.outcome);
  folded.flags = static_cast<std::uint16_t>(row.flags % kWordValues);
  for (std::size_t i = 0; i < kStageCount; ++i) folded.stages[i] = TimingWord(row.stage_us[i]);
  return folded;
}

template <typename Map>
std::vector<typename Map::key_type> SortedKeys(const Map& map) {
  std::vector<typename Map::key_type> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map) keys.push_back(key);
  std::ranges::sort(keys);
  return keys;
}

}  // namespace

void TimeSpan::Add(std::int64_t time_ms) {
  if (last_ms < first_ms) {
    first_ms = last_ms = time_ms;
  } else {
    first_ms = std::min(first_ms, time_ms);
    last_ms = std::max(last_ms, time_ms);
  }
}

bool Packer::Add(const ResultRow& row) {
  Series& series = series_[row.series];
  if (series.most_parts >= kMaxParts) return false;
  ++series.most_parts;
  const Key key{row.series, row.epoch};
  Buffer& buffer = buffers_[key];
  buffer.rows.push_back(Fold(row));
  if (buffer.rows.size() == kChunkRows) {
    const std::size_t rows = buffer.rows.size();
    const std::size_t chunks = buffer.chunks.size();
    Encode(key, buffer);
    series.most_parts -= static_cast<std::int64_t>(rows - buffer.rows.size());
    series.most_parts += static_cast<std::int64_t>(buffer.chunks.size() - chunks);
  }
  span_.Add(row.time_ms);
  ++rows_;
  if ((row.flags & (kMoved | kPortal)) == 0) Vote(row, series);
  return true;
}

// One chunk of the first rows.
void Packer::Encode(const Key& key, Buffer& buffer) {
  const std::size_t count = FitIntoChunk(buffer.rows);
  buffer.chunks.push_back(EncodeChunk(key.first, key.second, std::span(buffer.rows).first(count)));
  buffer.rows.erase(buffer.rows.begin(), buffer.rows.begin() + static_cast<std::ptrdiff_t>(count));
}

void Packer::Vote(const ResultRow& row, Series& series) {
  votes_.Add(row.time_ms);
  piece_.Add(row.time_ms);
  if (series.piece.empty() && !series.piece_unclear) piece_series_.push_back(row.series);
  if (series.piece_unclear) return;
  series.piece_unclear = !AppendRun(series.piece, {row.time_ms, row.time_ms, row.outcome});
}

std::string Packer::TakePiece(TimeSpan& span) {
  span = std::exchange(piece_, {});
  std::ranges::sort(piece_series_);
  RunsWriter writer;
  for (const std::int64_t id : piece_series_) {
    Series& series = series_[id];
    if (series.piece_unclear) series.piece.clear();
    writer.Add(id, series.piece);
    series.unclear = series.unclear || series.piece_unclear;
    for (const Run& run : series.piece) {
      series.unclear =
          series.unclear || !AppendRun(series.runs, run) || series.runs.size() > kMaxRuns;
    }
    series.piece.clear();
    series.piece_unclear = false;
  }
  piece_series_.clear();
  return writer.blob();
}

std::string Packer::Runs() const {
  RunsWriter writer;
  for (const std::int64_t id : SortedKeys(series_)) {
    const Series& series = series_.at(id);
    if (series.unclear) {
      writer.Add(id, {});
    } else if (!series.runs.empty()) {
      writer.Add(id, series.runs);
    }
  }
  return writer.blob();
}

void Packer::Close() { order_ = SortedKeys(buffers_); }

absl::StatusOr<Packer::Position> Packer::Write(Position at, std::size_t max_bytes, Sink write) {
  std::size_t bytes = 0;
  for (; !IsEnd(at); at = {at.buffer + 1, 0}) {
    const Key& key = order_[at.buffer];
    Buffer& buffer = buffers_[key];
    if (at.chunk == 0 && at.buffer > 0 && order_[at.buffer - 1].first == key.first) {
      const Buffer& before = buffers_[order_[at.buffer - 1]];
      buffer.first_part = before.first_part + static_cast<std::int64_t>(before.chunks.size());
    }
    while (!buffer.rows.empty()) Encode(key, buffer);
    for (; at.chunk < buffer.chunks.size(); ++at.chunk) {
      if (bytes >= max_bytes) return at;
      const PackedChunk& chunk = buffer.chunks[at.chunk];
      const auto part = buffer.first_part + static_cast<std::int64_t>(at.chunk);
      if (auto written = write(part, chunk.View()); !written.ok()) return written;
      bytes += chunk.bytes.size() + sizeof(PackedChunk);
    }
  }
  return at;
}

}  // namespace relaywatch::collector
