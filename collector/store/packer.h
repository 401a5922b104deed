// Takes result rows in the order in which they came and holds them as they will lie: by series and
// epoch, encoded as soon as a chunk is full, so that it needs about the memory of what will be
// written. Beside it keeps the runs of every series. Thread-compatible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/store/chunk.h"
#include "collector/store/rows.h"
#include "collector/store/runs.h"

namespace relaywatch::collector {

struct TimeSpan {
  std::int64_t first_ms = 0;
  std::int64_t last_ms = -1;  // before first_ms: empty

  void Add(std::int64_t time_ms);
};

class Packer {
 public:
  // False, and nothing is taken, where the row's series has used up its parts of a segment.
  bool Add(const ResultRow& row);

  std::int64_t rows() const { return rows_; }
  const TimeSpan& span() const { return span_; }

  // The runs since the last call, and the span of their results; later runs start anew.
  std::string TakePiece(TimeSpan& span);
  // The runs of all; after the last TakePiece.
  std::string Runs() const;
  const TimeSpan& votes() const { return votes_; }  // their span

  // To be called once, after the last Add and before Write.
  void Close();
  // A place between two chunks.
  struct Position {
    std::size_t buffer = 0;
    std::size_t chunk = 0;
  };
  bool IsEnd(Position at) const { return at.buffer >= order_.size(); }
  // Chunks in the order of their ids, from `at` on, until `write` has had about max_bytes or all;
  // returns where to go on. The same `at` gives the same chunks again.
  using Sink = absl::FunctionRef<absl::Status(std::int64_t part, const Chunk& chunk)>;
  absl::StatusOr<Position> Write(Position at, std::size_t max_bytes, Sink write);

 private:
  struct Buffer {
    std::vector<PackedChunk> chunks;
    std::vector<FoldedRow> rows;  // not yet in a chunk
    std::int64_t first_part = 0;  // told by Write
  };
  struct Series {
    std::int64_t most_parts = 0;  // chunks, and a chunk for each row that is in none
    bool unclear = false;
    bool piece_unclear = false;
    std::vector<Run> runs;   // of earlier pieces
    std::vector<Run> piece;  // since the last TakePiece
  };
  using Key = std::pair<std::int64_t, std::int64_t>;  // series, epoch

  void Encode(const Key& key, Buffer& buffer);
  void Vote(const ResultRow& row, Series& series);

  std::int64_t rows_ = 0;
  TimeSpan span_;
  TimeSpan votes_;
  TimeSpan piece_;
  absl::flat_hash_map<Key, Buffer> buffers_;
  absl::flat_hash_map<std::int64_t, Series> series_;
  std::vector<std::int64_t> piece_series_;  // with runs since the last TakePiece
  std::vector<Key> order_;
};

}  // namespace relaywatch::collector
