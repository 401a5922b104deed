// Since when something has been so: looks back from a moment, further and further, until a result
// shows something else. Pure but for what it reads through the inquiry.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/query/inquiry.h"
#include "collector/query/selection.h"

namespace relaywatch::collector {

struct RunStart {
  std::int64_t since_ms = 0;
  bool or_before = true;  // nothing else was seen as far back as anybody looked: a week
};

struct RunStarts {
  RunStart outcome;
  std::vector<RunStart> verdicts;  // in the order of `profiles`
};

// Of the outcome `newest` has, and of its verdicts. Results that do not vote are left out.
absl::StatusOr<RunStarts> RunStartsOf(const ResultRow& newest, const Selection& selection,
                                      const std::vector<std::size_t>& profiles,
                                      const Inquiry& inquiry);

// The newest voting result up to a moment (included); nullopt where there is none.
absl::StatusOr<std::optional<ResultRow>> NewestOf(const Selection& selection, std::int64_t at_ms,
                                                  const Inquiry& inquiry);

}  // namespace relaywatch::collector
