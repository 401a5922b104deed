#include "collector/store/roller.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

#include "collector/store/bucket_sink.h"
#include "collector/store/chunk_row.h"
#include "collector/store/rollup_codec.h"
#include "collector/store/rollup_period.h"
#include "collector/store/rollup_table.h"

namespace relaywatch::collector {
namespace {

using sqlite::Statement;
using sqlite::Transaction;

// Of one step: each chunk is of one series, whose row of the day is read and written again.
constexpr int kChunks = 16;
constexpr int kRowsLookedAt = 200;
constexpr std::int64_t kKeepBeliefMs = 3'600'000;

using BySeries = std::map<std::int64_t, std::vector<ResultRow>>;

// A chunk that is damaged cannot be added up, and must not stop the others.
void Take(const Chunk& chunk, BySeries& results) {
  std::vector<ResultRow>& rows = results[chunk.series];
  if (const auto decoded = DecodeChunk(chunk, rows); !decoded.ok()) {
    spdlog::error("store: results of series {} are lost to the roll-ups: {}", chunk.series,
                  std::string(decoded.message()));
  }
}

std::vector<Bucket> FiveMinutesOf(std::vector<ResultRow>& rows) {
  std::ranges::sort(rows, {}, &ResultRow::time_ms);
  std::vector<Bucket> buckets;
  const auto collect = [&](const Bucket& bucket) {
    buckets.push_back(bucket);
    return true;
  };
  BucketSink sink(WidthMs(Level::kFiveMinutes), collect);
  for (const ResultRow& row : rows) sink.Add(row);
  sink.Finish();
  return buckets;
}

std::int64_t StartOfWeek(std::int64_t time_ms) {
  return FloorTo(std::max<std::int64_t>(time_ms, 0), PeriodMs(Level::kHour));
}

}  // namespace

absl::StatusOr<Roller> Roller::Create(sqlite::Database& database, const Retention& retention) {
  const auto belief = database.Integer("SELECT value FROM meta WHERE key = 'retention_clock_ms'");
  if (!belief.ok()) return belief.status();
  return Roller(database, retention, *belief);
}

absl::StatusOr<bool> Roller::Step(std::int64_t now_ms) {
  const std::int64_t now = belief_.Look(now_ms);
  if (auto kept = KeepBelief(); !kept.ok()) return kept;
  const auto rolled = RollSegment(now - retention_.raw.count());
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

absl::StatusOr<bool> Roller::RollSegment(std::int64_t before_ms) {
  auto expired = Statement::Prepare(
      database_, "SELECT id, last_ms FROM segment WHERE last_ms < ? ORDER BY id LIMIT 1");
  if (!expired.ok()) return expired.status();
  const auto found = expired->Bind(1, before_ms).Step();
  if (!found.ok()) return found.status();
  if (!*found) return false;
  const std::int64_t segment = expired->Integer(0);
  const std::int64_t last_ms = expired->Integer(1);
  expired->Reset();
  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  if (auto set = SetCoveredSince(database_, Level::kRaw, last_ms + 1); !set.ok()) return set;
  const auto chunks = RollChunks(segment);
  if (!chunks.ok()) return chunks.status();
  if (*chunks < kChunks) {
    if (auto dropped = DropSegment(segment); !dropped.ok()) return dropped;
  }
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  return true;
}

absl::StatusOr<std::int64_t> Roller::RollChunks(std::int64_t segment) {
  const std::int64_t first = ChunkId(segment, 0, 0);
  auto chunks = Statement::Prepare(
      database_, fmt::format("SELECT * FROM chunk WHERE id >= {} AND id < {} ORDER BY id LIMIT {}",
                             first, ChunkId(segment + 1, 0, 0), kChunks));
  if (!chunks.ok()) return chunks.status();
  BySeries results;
  std::int64_t count = 0;
  std::int64_t last = 0;
  while (true) {
    const auto row = chunks->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    Take(ChunkOf(*chunks), results);
    last = chunks->Integer(0);
    ++count;
  }
  for (auto& [series, rows] : results) {
    auto added = AddToRollup(database_, Level::kFiveMinutes, FiveMinutesOf(rows));
    if (!added.ok()) return added;
  }
  auto deleted =
      database_.Execute(fmt::format("DELETE FROM chunk WHERE id BETWEEN {} AND {}", first, last));
  if (!deleted.ok()) return deleted;
  return count;
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

absl::Status Roller::Expire(Level level, std::int64_t first_id, std::int64_t end_id) {
  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  if (level == Level::kFiveMinutes) {
    const BucketRange week{{SeriesOf(first_id)},
                           PeriodStartMs(level, first_id),
                           PeriodStartMs(level, end_id - 1) + PeriodMs(level)};
    auto cursor = RollupCursor::Open(database_, level, week);
    if (!cursor.ok()) return cursor.status();
    std::vector<Bucket> hours;
    const auto collect = [&](const Bucket& bucket) {
      hours.push_back(bucket);
      return true;
    };
    BucketSink sink(WidthMs(Level::kHour), collect);
    while (true) {
      const auto bucket = cursor->Next();
      if (!bucket.ok()) return bucket.status();
      if (*bucket == nullptr) break;
      sink.Add(**bucket);
    }
    sink.Finish();
    if (auto added = AddToRollup(database_, Level::kHour, hours); !added.ok()) return added;
  }
  auto deleted = database_.Execute(
      fmt::format("DELETE FROM {} WHERE id >= {} AND id < {}", TableOf(level), first_id, end_id));
  if (!deleted.ok()) return deleted;
  return transaction->Commit();
}

}  // namespace relaywatch::collector
