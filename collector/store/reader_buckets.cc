// Results added up over time: raw ones, and the roll-ups of those that are gone.
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "collector/store/bucket_sink.h"
#include "collector/store/reader.h"
#include "collector/store/rollup_table.h"

namespace relaywatch::collector {
namespace {

// A level's buckets, fed to the sink up to where others have come.
class Feed {
 public:
  static absl::StatusOr<Feed> Open(sqlite::Database& database, Level level,
                                   const BucketRange& range) {
    auto cursor = RollupCursor::Open(database, level, range);
    if (!cursor.ok()) return cursor.status();
    Feed feed(*std::move(cursor));
    if (auto begun = feed.Advance(); !begun.ok()) return begun;
    return feed;
  }

  const Bucket* front() const { return front_; }
  absl::Status Advance() {
    auto next = cursor_.Next();
    if (!next.ok()) return next.status();
    front_ = *next;
    return absl::OkStatus();
  }

 private:
  explicit Feed(RollupCursor cursor) : cursor_(std::move(cursor)) {}
  RollupCursor cursor_;
  const Bucket* front_ = nullptr;
};

struct Position {
  std::int64_t series = 0;
  std::int64_t start_ms = 0;
  auto operator<=>(const Position&) const = default;
};

// All levels together in the order of (series, start).
class Merger {
 public:
  Merger(std::int64_t step_ms, BucketSink::Visitor visit)
      : step_ms_(step_ms), sink_(step_ms, visit) {}

  void Add(Feed feed) { feeds_.push_back(std::move(feed)); }

  // False where the visitor has enough or something failed.
  bool Take(const ResultRow& row) {
    return FeedUpTo(Position{row.series, FloorTo(row.time_ms, step_ms_)}) && sink_.Add(row);
  }
  absl::Status Finish() {
    if (FeedUpTo(std::nullopt)) sink_.Finish();
    return failure_;
  }

 private:
  Position PositionOf(const Feed& feed) const {
    return {feed.front()->series, FloorTo(feed.front()->start_ms, step_ms_)};
  }
  Feed* First() {
    Feed* first = nullptr;
    for (Feed& feed : feeds_) {
      if (feed.front() == nullptr) continue;
      if (first == nullptr || PositionOf(feed) < PositionOf(*first)) first = &feed;
    }
    return first;
  }
  bool FeedUpTo(std::optional<Position> limit) {
    while (Feed* feed = First()) {
      if (limit && PositionOf(*feed) > *limit) break;
      if (!sink_.Add(*feed->front())) return false;
      failure_ = feed->Advance();
      if (!failure_.ok()) return false;
    }
    return failure_.ok();
  }

  const std::int64_t step_ms_;
  BucketSink sink_;
  std::vector<Feed> feeds_;
  absl::Status failure_;
};

std::int64_t RoundedUp(std::int64_t step_ms, std::int64_t width_ms) {
  return FloorTo(step_ms + width_ms - 1, width_ms);
}

}  // namespace

absl::StatusOr<Level> Reader::FinestLevel(std::int64_t since_ms) {
  for (const Level level : {Level::kRaw, Level::kFiveMinutes}) {
    const auto covered = CoveredSince(database_, level);
    if (!covered.ok()) return covered.status();
    if (since_ms >= *covered) return level;
  }
  return Level::kHour;
}

absl::StatusOr<Level> Reader::ScanBuckets(const BucketRange& range, BucketVisitor visit) {
  if (range.step_ms <= 0) return absl::InvalidArgumentError("the step must be positive");
  const auto level = FinestLevel(range.since_ms);
  if (!level.ok()) return level.status();
  BucketRange whole_buckets = range;
  whole_buckets.step_ms = RoundedUp(range.step_ms, WidthMs(*level));
  Merger merger(whole_buckets.step_ms, visit);
  for (const Level coarse : {Level::kFiveMinutes, Level::kHour}) {
    if (*level < coarse) break;
    auto feed = Feed::Open(database_, coarse, whole_buckets);
    if (!feed.ok()) return feed.status();
    merger.Add(*std::move(feed));
  }
  const auto scanned = ScanResults({range.series, range.since_ms, range.until_ms},
                                   [&](const ResultRow& row) { return merger.Take(row); });
  if (!scanned.ok()) return scanned;
  if (auto finished = merger.Finish(); !finished.ok()) return finished;
  return *level;
}

}  // namespace relaywatch::collector
