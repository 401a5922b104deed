// Folds the hot table into segments, one bounded step at a time, on the writer's connection:
// follows the hot rows into memory (packer.h), and when they are old or many enough writes them
// down in order, a few hundred kilobytes a transaction. One last transaction makes the segment
// visible and moves `folded_upto` past its rows, which are then deleted bit by bit. So whatever
// view a reader has, each result is in it once; and a crash between any two steps leaves nothing
// but rows that no view shows, which the next life removes before it folds anew.
//
// Meanwhile it writes down, piece by piece, the runs of the rows it has read and where those of
// each series are (hot_state, hot_place), so that readers need not look at all of the hot table.
//
// The last folded row stays where it is, so that row ids, and with them `latest_upto`, keep
// growing. Rows behind `latest_upto` stay too, for they are all that tells the latest states after
// a crash. Confined to the thread of its database.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/store/hot_index.h"
#include "collector/store/packer.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

struct FoldLimits {
  // A segment is closed when either is reached; rows wait no longer than that to be folded.
  std::chrono::milliseconds max_age{std::chrono::hours(2)};
  std::int64_t max_rows = 2'000'000;
  // Runs of the hot rows, and where those of each series are, are written down this often: what a
  // look at a recent moment, or at one series, may have to read instead.
  std::int64_t piece_rows = 32'768;
  // Of one step, so that commits never wait long.
  std::int64_t step_rows = 16'384;
  std::size_t step_bytes = 512 * 1024;
};

class Folder {
 public:
  // The database must have the schema, and outlive it.
  static absl::StatusOr<std::unique_ptr<Folder>> Create(sqlite::Database& database,
                                                        FoldLimits limits);
  ~Folder();

  // One step; true where more can be done at once. A step that failed may be tried again.
  absl::StatusOr<bool> Step(std::int64_t now_ms);

 private:
  struct Statements;
  Folder(sqlite::Database& database, FoldLimits limits);
  absl::Status Start();
  absl::StatusOr<bool> Sweep();
  absl::StatusOr<bool> Delete();
  absl::StatusOr<bool> Gather(std::int64_t now_ms);
  absl::StatusOr<std::int64_t> ReadRows(std::int64_t upto);
  void CutPiece();
  absl::Status WritePiece();
  absl::Status WriteChunks();
  absl::Status Seal();
  void OpenSegment();

  sqlite::Database& database_;
  const FoldLimits limits_;
  std::unique_ptr<Statements> statements_;
  bool swept_ = false;  // what an earlier life left behind
  std::int64_t segment_ = 0;
  std::int64_t folded_upto_ = 0;
  // The segment that is being made.
  std::unique_ptr<Packer> packer_;
  std::int64_t gathered_upto_ = 0;
  std::vector<HotPlace> places_;  // gathered since the last piece was cut
  struct Piece {
    std::int64_t upto = 0;
    TimeSpan votes;
    TimeSpan all;
    std::string runs;
    std::string places;
  };
  std::optional<Piece> cut_;  // and not yet written: a later one must not come before it
  TimeSpan piece_span_;
  std::int64_t opened_ms_ = -1;  // when its first row was seen; -1: none yet
  bool full_ = false;            // whatever its age
  bool writing_ = false;
  Packer::Position written_;
};

}  // namespace relaywatch::collector
