#include "collector/query/run.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace relaywatch::collector {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::array<std::int64_t, 3> kRunSpansMs{kHourMs, kDayMs, 7 * kDayMs};
// As long as anything is kept.
constexpr std::array<std::int64_t, 4> kNewestSpansMs{kHourMs, kDayMs, 14 * kDayMs, 3700 * kDayMs};

struct Seen {
  std::int64_t time_ms = 0;
  std::int64_t outcome = 0;
};

// The newest first.
absl::StatusOr<std::vector<Seen>> SeenBetween(std::int64_t from_ms, std::int64_t to_ms,
                                              const Selection& selection, const Inquiry& inquiry) {
  std::vector<Seen> seen;
  auto scanned = inquiry.desk.reader->ScanResults({selection.Ids(), from_ms, to_ms},
                                                  [&](const ResultRow& row) {
                                                    if (Votes(row) && selection.Takes(row))
                                                      seen.push_back({row.time_ms, row.outcome});
                                                    return !inquiry.is_unwanted;
                                                  });
  if (!scanned.ok()) return scanned;
  if (auto wanted = inquiry.Wanted(); !wanted.ok()) return wanted;
  std::stable_sort(seen.begin(), seen.end(),
                   [](const Seen& a, const Seen& b) { return a.time_ms > b.time_ms; });
  return seen;
}

// Walks back as long as `is_same` holds.
template <typename IsSame>
RunStart StartOf(const std::vector<Seen>& seen, IsSame is_same) {
  RunStart start;
  for (const Seen& result : seen) {
    if (!is_same(result.outcome)) {
      start.or_before = false;
      break;
    }
    start.since_ms = result.time_ms;
  }
  return start;
}

}  // namespace

absl::StatusOr<RunStarts> RunStartsOf(const ResultRow& newest, const Selection& selection,
                                      const std::vector<std::size_t>& profiles,
                                      const Inquiry& inquiry) {
  const auto now = inquiry.Outcome(newest.outcome);
  if (!now.ok()) return now.status();
  RunStarts starts;
  for (const std::int64_t span_ms : kRunSpansMs) {
    const auto seen = SeenBetween(newest.time_ms - span_ms, newest.time_ms + 1, selection, inquiry);
    if (!seen.ok()) return seen.status();
    absl::Status status;
    starts = {StartOf(*seen, [&](std::int64_t outcome) { return outcome == newest.outcome; }), {}};
    bool is_open = starts.outcome.or_before;
    for (const std::size_t position : profiles) {
      starts.verdicts.push_back(StartOf(*seen, [&](std::int64_t id) {
        const auto outcome = inquiry.Outcome(id);
        if (!outcome.ok()) status = outcome.status();
        return outcome.ok() &&
               (*outcome)->judgements[position].verdict == (*now)->judgements[position].verdict;
      }));
      is_open |= starts.verdicts.back().or_before;
    }
    if (!status.ok()) return status;
    if (!is_open) break;
  }
  return starts;
}

absl::StatusOr<std::optional<ResultRow>> NewestOf(const Selection& selection, std::int64_t at_ms,
                                                  const Inquiry& inquiry) {
  for (const std::int64_t span_ms : kNewestSpansMs) {
    std::optional<ResultRow> newest;
    auto scanned = inquiry.desk.reader->ScanResults(
        {selection.Ids(), std::max<std::int64_t>(at_ms - span_ms, 0), at_ms + 1},
        [&](const ResultRow& row) {
          const bool is_newer = !newest || std::tie(newest->time_ms, newest->epoch, newest->seq) <
                                               std::tie(row.time_ms, row.epoch, row.seq);
          if (is_newer && Votes(row) && selection.Takes(row)) newest = row;
          return !inquiry.is_unwanted;
        });
    if (!scanned.ok()) return scanned;
    if (auto wanted = inquiry.Wanted(); !wanted.ok()) return wanted;
    if (newest) return newest;
  }
  return std::nullopt;
}

}  // namespace relaywatch::collector
