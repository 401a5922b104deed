// Questions to the store, asked beside the writer: a read-only connection of its own, which sees
// one moment of the database for as long as a Snapshot is held. Neither ever waits for the other,
// but the log cannot be folded into the file behind a snapshot: so each has a deadline, after which
// every call fails with DeadlineExceeded. Confined to one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/store/bucket.h"
#include "collector/store/rows.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

struct ResultRange {
  std::vector<std::int64_t> series;  // empty: all
  std::int64_t since_ms = 0;         // start of the probe, milliseconds since the Unix epoch
  std::int64_t until_ms = std::numeric_limits<std::int64_t>::max();  // not included
};

// What a series showed at some moment: the same outcome in all results from `since_ms` to
// `last_ms`, neither of them later than that moment. `since_ms` may lie before what was looked at,
// and where results came out of order, up to the last result with another outcome.
// `last_ms` is its newest result, or the moment itself where results went on within ten minutes.
struct StateAt {
  std::int64_t series = 0;
  std::int64_t outcome = 0;
  std::int64_t since_ms = 0;
  std::int64_t last_ms = 0;
};

class Reader {
 public:
  using Visitor = absl::FunctionRef<bool(const ResultRow&)>;  // false: enough

  // Of a data directory in which a Store has been opened. Errors name the file.
  static absl::StatusOr<std::unique_ptr<Reader>> Open(const std::string& directory);
  ~Reader();

  // All reads until it goes see the same moment, and fail once the time is over. One at a time.
  class Snapshot {
   public:
    Snapshot(Snapshot&& other) noexcept;
    Snapshot& operator=(Snapshot&&) = delete;
    ~Snapshot();

   private:
    friend class Reader;
    explicit Snapshot(Reader& reader) : reader_(&reader) {}
    Reader* reader_;
  };
  absl::StatusOr<Snapshot> Begin(std::chrono::steady_clock::duration time);

  // In the order of (series, time, epoch, seq). Stage timings older than the hot part of the store
  // are rounded (docs/schema.md).
  absl::Status ScanResults(const ResultRange& range, Visitor visit);
  // The state of each series at a moment, in the order of series; those that had shown nothing
  // within `look_back` (ten minutes at least) before it are left out. Results that do not vote do
  // not count.
  absl::StatusOr<std::vector<StateAt>> StatesAt(std::int64_t time_ms,
                                                std::chrono::milliseconds look_back);

  using BucketVisitor = absl::FunctionRef<bool(const Bucket&)>;  // false: enough
  // In the order of (series, start); says the finest level that covers the range, which is the one
  // that was read (and finer ones where it does not reach yet). InvalidArgument for a step that is
  // not positive.
  absl::StatusOr<Level> ScanBuckets(const BucketRange& range, BucketVisitor visit);

  // The finest level that has everything from a moment on.
  absl::StatusOr<Level> FinestLevel(std::int64_t since_ms);

  // For reads of names, rules and whatever else is small.
  sqlite::Database& database() { return database_; }

 private:
  explicit Reader(sqlite::Database database);
  static int IsOver(void* reader);
  // The states at the end of the range, from the results.
  absl::Status ReadStates(const ResultRange& range, std::vector<StateAt>& states);

  sqlite::Database database_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace relaywatch::collector
