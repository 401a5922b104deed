// location × endpoint:port × profile, now or at a moment, judged as now. Pure but for what it
// reads through the inquiry.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "collector/query/inquiry.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

// How far before a moment a result may lie and still tell what was so then.
inline constexpr std::chrono::hours kLookBack{1};

// What one (location, endpoint, port) showed last.
struct MatrixEntry {
  std::shared_ptr<const SeriesRow> series;
  std::int64_t time_ms = 0;
  std::shared_ptr<const JudgedOutcome> outcome;  // null: not probed near that moment
  std::int64_t since_ms = 0;                     // first of the run of results with this outcome
  bool since_or_before = false;                  // nobody looked further back
};

// The past: every way to a server that has ever been probed has its cells, also where nothing is
// known of that hour.
absl::StatusOr<v1::MatrixResponse> AnswerMatrixAt(const v1::MatrixRequest& request,
                                                  const Inquiry& inquiry);

// The entries of the present whose series passes, in order, `from` and what follows, `limit` of
// them at most: however many there are, a page of an answer copies no more than it tells.
using PassesSeries = absl::FunctionRef<bool(const SeriesKey& key)>;
using MatrixSource = absl::FunctionRef<std::vector<MatrixEntry>(
    const MatrixRowKey& from, PassesSeries passes, std::size_t limit)>;

// The present, out of what is held in memory.
absl::StatusOr<v1::MatrixResponse> AnswerMatrixNow(const v1::MatrixRequest& request,
                                                   MatrixSource source, const Inquiry& inquiry);

}  // namespace relaywatch::collector
