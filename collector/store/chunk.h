// The form in which history keeps results: up to 64 of one series and epoch in one row of table
// `chunk`. Numbers that climb evenly (time, sequence number) are told by a line, base + i × step,
// and what each lies above it; outcomes by the smallest and what each lies above that; stage
// timings on the scale of timing_scale.h. What is left is columns of 12-bit words (words.h), NULL
// where all words are 0: so a stage that never ran, or an outcome that never changed, costs
// nothing.
//
// The row's id says segment, series and part (a running number within the series), so that chunks
// lie in that order and need no index. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "collector/store/rows.h"

namespace relaywatch::collector {

inline constexpr std::size_t kChunkRows = 64;  // an hour, and some, at one probe a minute

inline constexpr int kPartBits = 16;
inline constexpr int kSeriesBits = 27;
inline constexpr int kSegmentShift = kSeriesBits + kPartBits;
inline constexpr std::int64_t kMaxParts = std::int64_t{1} << kPartBits;
inline constexpr std::int64_t kMaxSeries = std::int64_t{1} << kSeriesBits;

constexpr std::int64_t ChunkId(std::int64_t segment, std::int64_t series, std::int64_t part) {
  return (segment << kSegmentShift) + (series << kPartBits) + part;
}
constexpr std::int64_t SeriesOfChunk(std::int64_t id) { return (id >> kPartBits) % kMaxSeries; }

// A result as a chunk keeps it: the timings are words.
struct FoldedRow {
  std::int64_t time_ms = 0;
  std::uint64_t seq = 0;
  std::uint32_t outcome = 0;
  std::uint16_t flags = 0;
  std::array<std::uint16_t, kStageCount> stages{};
};

// The columns of words, in the order of the table.
enum WordColumn : std::size_t {
  kTimeLow,
  kTimeHigh,
  kSeqLow,
  kSeqHigh,
  kOutcomeLow,
  kOutcomeHigh,
  kFlags,
  kFirstStage,
  kWordColumns = kFirstStage + kStageCount,
};

struct Line {
  std::int64_t base = 0;
  std::int64_t step = 0;
};

// Views into a PackedChunk's or a database row's memory.
struct Chunk {
  std::int64_t series = 0;
  std::int64_t epoch = 0;
  std::int64_t count = 0;
  Line time;
  Line seq;
  std::int64_t outcome = 0;
  std::array<std::string_view, kWordColumns> words;  // empty: all 0
};

// A chunk in as little memory as it takes.
struct PackedChunk {
  std::int64_t series = 0;
  std::int64_t epoch = 0;
  std::uint32_t count = 0;
  std::uint32_t columns = 0;  // bit i: column i has words in `bytes`
  Line time;
  Line seq;
  std::int64_t outcome = 0;
  std::string bytes;

  Chunk View() const;
};

// How many of the first rows, at least one and at most kChunkRows, fit into one chunk.
std::size_t FitIntoChunk(std::span<const FoldedRow> rows);
// Rows that fit (not none).
PackedChunk EncodeChunk(std::int64_t series, std::int64_t epoch, std::span<const FoldedRow> rows);

// Appends the chunk's results, in their order, with timings of the scale. DataLoss where the chunk
// cannot have been made by the encoder; nothing is appended then.
absl::Status DecodeChunk(const Chunk& chunk, std::vector<ResultRow>& rows);

}  // namespace relaywatch::collector
