#include "collector/store/reader.h"

#include <absl/strings/str_join.h>
#include <fmt/format.h>

#include <utility>

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

// Columns of table result in the order of its making.
ResultRow RowOf(const sqlite::Statement& row) {
  ResultRow result;
  result.epoch = row.Integer(1);
  result.seq = static_cast<std::uint64_t>(row.Integer(2));
  result.series = row.Integer(3);
  result.time_ms = row.Integer(4);
  result.outcome = row.Integer(5);
  result.flags = static_cast<std::uint32_t>(row.Integer(6));
  for (std::size_t i = 0; i < kStageCount; ++i) {
    result.stage_us[i] = static_cast<std::uint32_t>(row.Integer(static_cast<int>(7 + i)));
  }
  return result;
}

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
  const std::string of_series =
      range.series.empty() ? ""
                           : fmt::format("series IN ({}) AND ", absl::StrJoin(range.series, ","));
  auto rows = sqlite::Statement::Prepare(
      database_, fmt::format("SELECT * FROM result WHERE {}time_ms >= ? AND time_ms < ? "
                             "ORDER BY series, time_ms, epoch, seq",
                             of_series));
  if (!rows.ok()) return rows.status();
  rows->Bind(1, range.since_ms).Bind(2, range.until_ms);
  while (true) {
    const auto row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row || !visit(RowOf(*rows))) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<StateAt>> Reader::StatesAt(std::int64_t time_ms,
                                                      std::chrono::milliseconds look_back) {
  std::vector<StateAt> states;
  const ResultRange range{{}, time_ms - look_back.count(), time_ms + 1};
  auto scanned = ScanResults(range, [&](const ResultRow& row) {
    if ((row.flags & (kMoved | kPortal)) != 0) return true;
    if (states.empty() || states.back().series != row.series) {
      states.push_back({row.series, row.outcome, row.time_ms, row.time_ms});
    }
    StateAt& state = states.back();
    if (state.outcome != row.outcome) state = {row.series, row.outcome, row.time_ms, row.time_ms};
    state.last_ms = row.time_ms;
    return true;
  });
  if (!scanned.ok()) return scanned;
  return states;
}

}  // namespace relaywatch::collector
