// One step of answering: a moment of the store for as long as it takes, but not beyond its
// deadline.
#pragma once

#include <atomic>
#include <chrono>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "collector/fleet/fleet.h"
#include "collector/query/inquiry.h"
#include "collector/serve/matrix.h"
#include "collector/serve/query_pool.h"
#include "common/clock.h"

namespace relaywatch::collector {

// What questions are answered with; everything outlives whoever answers.
struct QueryDeps {
  QueryPool& pool;
  const Matrix& matrix;
  const Fleet& fleet;
  const Clock& clock;
};

// For a caller who sets no deadline, and at most for the others.
inline constexpr std::chrono::seconds kDefaultDeadline{10};
inline constexpr std::chrono::seconds kMaxDeadline{60};

// On a thread of the pool. Cancelled where nobody waits any more, DeadlineExceeded with words for
// people, else what `answer` returns.
absl::Status RunStep(const QueryDeps& deps, Desk& desk,
                     std::chrono::steady_clock::time_point deadline,
                     const std::atomic<bool>& is_unwanted,
                     absl::FunctionRef<absl::Status(const Inquiry&)> answer);

}  // namespace relaywatch::collector
