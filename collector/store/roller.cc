#include "collector/store/roller.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

#include "collector/store/chunk_row.h"
#include "collector/store/rollup_period.h"
#include "collector/store/rollup_table.h"

namespace relaywatch::collector {
namespace {

using sqlite::Statement;
using sqlite::Transaction;

constexpr int kRowsLookedAt = 200;
constexpr std::int64_t kKeepBeliefMs = 3'600'000;

// A chunk that is damaged cannot be added up, and must not stop the others.
void Take(const Chunk& chunk, std::vector<ResultRow>& results) {
  if (const auto decoded = DecodeChunk(chunk, results); !decoded.ok()) {
    spdlog::error("store: results of series {} are lost to the roll-ups: {}", chunk.series,
                  std::string(decoded.message()));
  }
}

std::vector<Bucket> FiveMinutesOf(std::vector<ResultRow>& rows) {
  std::ranges::sort(rows, {}, &ResultRow::time_ms);
  std::vector<Bucket> buckets;
  for (const ResultRow& row : rows) {
    if (!Votes(row)) continue;
    const std::int64_t start_ms = FloorTo(row.time_ms, WidthMs(Level::kFiveMinutes));
    if (buckets.empty() || buckets.back().start_ms != start_ms) {
      buckets.emplace_back().Restart(row.series, start_ms);
    }
    buckets.back().Add(row);
  }
  return buckets;
}

// Of the period that a row of the level has.
std::int64_t StartOfPeriod(Level level, std::int64_t time_ms) {
  return FloorTo(std::max<std::int64_t>(time_ms, 0), PeriodMs(level));
}
std::int64_t StartOfDay(std::int64_t time_ms) {
  return StartOfPeriod(Level::kFiveMinutes, time_ms);
}
std::int64_t StartOfWeek(std::int64_t time_ms) { return StartOfPeriod(Level::kHour, time_ms); }

}  // namespace

absl::StatusOr<Roller> Roller::Create(sqlite::Database& database, const Retention& retention,
                                      RollLimits limits) {
  const auto belief = database.Integer("SELECT value FROM meta WHERE key = 'retention_clock_ms'");
  if (!belief.ok()) return belief.status();
  auto first_series = Statement::Prepare(
      database, fmt::format("SELECT ifnull(min((SELECT (id >> {0}) % {1} FROM chunk "
                            "WHERE id >= s.id << {2} AND id < (s.id + 1) << {2} "
                            "ORDER BY id LIMIT 1)), 0) FROM segment s WHERE s.last_ms < ?",
                            kPartBits, kMaxSeries, kSegmentShift));
  if (!first_series.ok()) return first_series.status();
  auto chunks = Statement::Prepare(
      database, fmt::format("SELECT c.* FROM segment s CROSS JOIN chunk c "
                            "ON c.id >= (s.id << {0}) + ?2 AND c.id < (s.id << {0}) + ?3 "
                            "WHERE s.last_ms < ?1 LIMIT {1}",
                            kSegmentShift, limits.most_chunks));
  if (!chunks.ok()) return chunks.status();
  auto delete_chunk = Statement::Prepare(database, "DELETE FROM chunk WHERE id = ?");
  if (!delete_chunk.ok()) return delete_chunk.status();
  return Roller(database, retention, limits, *belief,
                {*std::move(first_series), *std::move(chunks), *std::move(delete_chunk)});
}

absl::StatusOr<bool> Roller::Step(std::int64_t now_ms) {
  const std::int64_t now = belief_.Look(now_ms);
  if (auto kept = KeepBelief(); !kept.ok()) return kept;
  const auto rolled = RollResults(StartOfDay(now - retention_.raw.count()));
  if (!rolled.ok() || *rolled) return rolled;
  const auto merged = SweepLevel(Level::kFiveMinutes,
                                 StartOfWeek(now - retention_.five_minutes.count()), five_minutes_);
  if (!merged.ok() || *merged) return merged;
  return SweepLevel(Level::kHour, StartOfWeek(now - retention_.hours.count()), hours_);
}

absl::Status Roller::KeepBelief() {
  const std::int64_t difference = belief_.belief_ms() - kept_ms_;
  if (difference < kKeepBeliefMs && difference > -kKeepBeliefMs) return absl::OkStatus();
  auto kept = database_.Execute(fmt::format(
      "INSERT OR REPLACE INTO meta VALUES('retention_clock_ms', {})", belief_.belief_ms()));
  if (kept.ok()) kept_ms_ = belief_.belief_ms();
  return kept;
}

absl::StatusOr<bool> Roller::RollResults(std::int64_t before_ms) {
  auto expired =
      Statement::Prepare(database_, "SELECT min(id), max(last_ms) FROM segment WHERE last_ms < ?");
  if (!expired.ok()) return expired.status();
  if (auto row = expired->Bind(1, before_ms).Step(); !row.ok()) return row.status();
  const std::int64_t segment = expired->Integer(0);
  const std::int64_t last_ms = expired->Integer(1);
  expired->Reset();
  if (segment == 0) return false;
  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  if (auto set = SetCoveredSince(database_, Level::kRaw, last_ms + 1); !set.ok()) return set;
  const auto chunks = RollSomeSeries(before_ms);
  if (!chunks.ok()) return chunks.status();
  if (*chunks == 0) {
    if (auto dropped = DropSegment(segment); !dropped.ok()) return dropped;
  }
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  return true;
}

absl::StatusOr<int> Roller::RollSomeSeries(std::int64_t before_ms) {
  int chunks = 0;
  while (chunks < limits_.enough_chunks) {
    const auto series = FirstSeries(before_ms);
    if (!series.ok()) return series.status();
    if (*series == 0) break;
    const auto rolled = RollSeries(before_ms, *series);
    if (!rolled.ok()) return rolled.status();
    chunks += *rolled;
  }
  return chunks;
}

// Of the segments that have expired; 0 where none is left.
absl::StatusOr<std::int64_t> Roller::FirstSeries(std::int64_t before_ms) {
  Statement& first = statements_.first_series;
  if (auto row = first.Bind(1, before_ms).Step(); !row.ok()) return row.status();
  const std::int64_t series = first.Integer(0);
  first.Reset();
  return series;
}

// All that has expired of it together: the row of a day is then written once, and again for the
// segment that went on past midnight.
absl::StatusOr<int> Roller::RollSeries(std::int64_t before_ms, std::int64_t series) {
  Statement& chunks = statements_.chunks;
  chunks.Bind(1, before_ms).Bind(2, ChunkId(0, series, 0)).Bind(3, ChunkId(0, series + 1, 0));
  std::vector<ResultRow> results;
  std::vector<std::int64_t> ids;
  auto read = chunks.ForEachRow([&] {
    Take(ChunkOf(chunks), results);
    ids.push_back(chunks.Integer(0));
  });
  if (!read.ok()) return read;
  auto added = AddToRollup(database_, Level::kFiveMinutes, FiveMinutesOf(results));
  if (!added.ok()) return added;
  for (const std::int64_t id : ids) {
    if (auto deleted = statements_.delete_chunk.Bind(1, id).Run(); !deleted.ok()) return deleted;
  }
  return static_cast<int>(ids.size());
}

absl::Status Roller::DropSegment(std::int64_t segment) {
  return database_.Execute(fmt::format(
      "DELETE FROM segment WHERE id = {0}; DELETE FROM state WHERE segment = {0}", segment));
}

absl::StatusOr<bool> Roller::SweepLevel(Level level, std::int64_t before_ms, Sweep& sweep) {
  if (sweep.done && before_ms <= sweep.before_ms) return false;
  if (sweep.done) {
    sweep = {before_ms, 0, false};
    // First, so that whoever reads meanwhile looks at the coarser level, too.
    if (auto set = SetCoveredSince(database_, level, before_ms); !set.ok()) return set;
  }
  const auto more = SweepSeries(level, sweep);
  if (!more.ok()) return more;
  sweep.done = !*more;
  return true;
}

// Goes on to the next series that has something old, and does that.
absl::StatusOr<bool> Roller::SweepSeries(Level level, Sweep& sweep) {
  auto next = Statement::Prepare(
      database_,
      fmt::format("SELECT id FROM {} WHERE id >= ? ORDER BY id LIMIT 1", TableOf(level)));
  if (!next.ok()) return next.status();
  for (int looked = 0; looked < kRowsLookedAt; ++looked) {
    const auto found = next->Bind(1, sweep.next_id).Step();
    if (!found.ok()) return found.status();
    if (!*found) return false;
    const std::int64_t id = next->Integer(0);
    next->Reset();
    const std::int64_t series = SeriesOf(id);
    if (PeriodStartMs(level, id) >= sweep.before_ms) {
      sweep.next_id = RollupId(series + 1, 0);
      continue;
    }
    // At most a week at a time, and never half of one.
    const std::int64_t week = StartOfWeek(PeriodStartMs(level, id));
    const std::int64_t end = RollupId(series, PeriodOf(level, week + PeriodMs(Level::kHour)));
    if (auto expired = Expire(level, id, end); !expired.ok()) return expired;
    sweep.next_id = end;
    return true;
  }
  return true;
}

absl::Status Roller::AddHours(std::int64_t first_id, std::int64_t end_id) {
  constexpr Level kFrom = Level::kFiveMinutes;
  auto cursor = RollupCursor::Open(database_, kFrom,
                                   {{SeriesOf(first_id)},
                                    PeriodStartMs(kFrom, first_id),
                                    PeriodStartMs(kFrom, end_id - 1) + PeriodMs(kFrom),
                                    WidthMs(Level::kHour)});
  if (!cursor.ok()) return cursor.status();
  std::vector<Bucket> hours;
  while (true) {
    const auto bucket = cursor->Next();
    if (!bucket.ok()) return bucket.status();
    if (*bucket == nullptr) return AddToRollup(database_, Level::kHour, hours);
    hours.push_back(**bucket);
  }
}

absl::Status Roller::Expire(Level level, std::int64_t first_id, std::int64_t end_id) {
  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  if (level == Level::kFiveMinutes) {
    if (auto added = AddHours(first_id, end_id); !added.ok()) return added;
  }
  auto deleted = database_.Execute(
      fmt::format("DELETE FROM {} WHERE id >= {} AND id < {}", TableOf(level), first_id, end_id));
  if (!deleted.ok()) return deleted;
  return transaction->Commit();
}

}  // namespace relaywatch::collector
