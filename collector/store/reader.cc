#include "collector/store/reader.h"

#include <algorithm>
#include <span>
#include <utility>

#include "collector/store/result_scan.h"
#include "collector/store/runs.h"
#include "collector/store/state_board.h"

namespace relaywatch::collector {
namespace {

using std::chrono::steady_clock;

// Virtual machine instructions between two looks at the clock: some microseconds.
constexpr int kInstructions = 1000;

constexpr const char* kPragmas = R"sql(
PRAGMA query_only = ON;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
PRAGMA cache_size = -16384;
PRAGMA busy_timeout = 1000;
)sql";

// States that were kept for the time from ?1 to ?2, oldest first.
constexpr const char* kStates = R"sql(
SELECT runs FROM (
  SELECT 0 AS hot, segment AS place, runs FROM state
    WHERE last_ms >= ?1 AND first_ms <= ?2 AND segment IN (SELECT id FROM segment)
  UNION ALL
  SELECT 1, upto, runs FROM hot_state WHERE last_ms >= ?1 AND first_ms <= ?2)
ORDER BY hot, place)sql";

// Results that none of them tells of.
constexpr const char* kTail = R"sql(
SELECT series, time_ms, outcome FROM result
WHERE id > max((SELECT value FROM meta WHERE key = 'folded_upto'),
               ifnull((SELECT max(upto) FROM hot_state), 0))
  AND time_ms >= ?1 AND time_ms <= ?2 AND flags & ?3 = 0
ORDER BY id)sql";

constexpr std::int64_t kSilent = kMoved | kPortal;

}  // namespace

Reader::Reader(sqlite::Database database) : database_(std::move(database)) {}
Reader::~Reader() = default;

absl::StatusOr<std::unique_ptr<Reader>> Reader::Open(const std::string& directory) {
  auto database = sqlite::Database::OpenReadOnly(directory + "/relaywatch.db");
  if (!database.ok()) return database.status();
  if (auto set = database->Execute(kPragmas); !set.ok()) return set;
  std::unique_ptr<Reader> reader(new Reader(*std::move(database)));
  sqlite3_progress_handler(reader->database_.handle(), kInstructions, IsOver, reader.get());
  return reader;
}

int Reader::IsOver(void* reader) {
  return steady_clock::now() >= static_cast<Reader*>(reader)->deadline_ ? 1 : 0;
}

absl::StatusOr<Reader::Snapshot> Reader::Begin(steady_clock::duration time) {
  if (auto begun = database_.Execute("BEGIN"); !begun.ok()) return begun;
  deadline_ = steady_clock::now() + time;
  return Snapshot(*this);
}

Reader::Snapshot::Snapshot(Snapshot&& other) noexcept
    : reader_(std::exchange(other.reader_, nullptr)) {}

Reader::Snapshot::~Snapshot() {
  if (reader_ == nullptr) return;
  reader_->deadline_ = steady_clock::time_point::max();
  sqlite3_exec(reader_->database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

absl::Status Reader::ScanResults(const ResultRange& range, Visitor visit) {
  return ResultScan(database_, range, visit).Run();
}

absl::StatusOr<std::vector<StateAt>> Reader::StatesAt(std::int64_t time_ms,
                                                      std::chrono::milliseconds look_back) {
  const std::int64_t since_ms = time_ms - look_back.count();
  const auto last_series = database_.Integer("SELECT ifnull(max(id), 0) FROM series");
  if (!last_series.ok()) return last_series.status();
  StateBoard board(since_ms, time_ms, *last_series);
  auto kept = sqlite::Statement::Prepare(database_, kStates);
  if (!kept.ok()) return kept.status();
  kept->Bind(1, since_ms).Bind(2, time_ms);
  auto read = kept->ForEachRow([&] {
    return ReadRuns(kept->Blob(0), [&](std::int64_t series, std::span<const Run> runs) {
      if (board.Has(series)) board.Add(series, runs);
    });
  });
  if (!read.ok()) return read;
  auto tail = sqlite::Statement::Prepare(database_, kTail);
  if (!tail.ok()) return tail.status();
  tail->Bind(1, since_ms).Bind(2, time_ms).Bind(3, kSilent);
  read = tail->ForEachRow([&] {
    const std::int64_t series = tail->Integer(0);
    if (board.Has(series)) board.Add(series, tail->Integer(1), tail->Integer(2));
  });
  if (!read.ok()) return read;
  std::vector<StateAt> states = board.States();
  const std::vector<std::int64_t> unclear = board.Unclear();
  if (unclear.empty()) return states;
  read = ReadStates({unclear, since_ms, time_ms + 1}, states);
  if (!read.ok()) return read;
  std::ranges::sort(states, {}, &StateAt::series);
  return states;
}

absl::Status Reader::ReadStates(const ResultRange& range, std::vector<StateAt>& states) {
  std::int64_t series = 0;
  return ScanResults(range, [&](const ResultRow& row) {
    if ((row.flags & kSilent) != 0) return true;
    const bool first = row.series != series;
    series = row.series;
    if (first) states.push_back({row.series, row.outcome, row.time_ms, row.time_ms});
    StateAt& state = states.back();
    if (state.outcome != row.outcome) state = {row.series, row.outcome, row.time_ms, row.time_ms};
    state.last_ms = row.time_ms;
    return true;
  });
}

}  // namespace relaywatch::collector
