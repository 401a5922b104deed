// What was seen over a time, in buckets: verdicts as judged now, and how long each stage took. Read
// from the finest level of the store that covers the time (the answer says which); for single
// agents always from the raw results, since nothing coarser knows agents. Pure but for what it
// reads through the inquiry.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "collector/query/inquiry.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

inline constexpr std::int64_t kMaxBuckets = 500;

// InvalidArgument for names that nobody has, an empty time, and more buckets than the above.
absl::StatusOr<v1::HistoryResponse> AnswerHistory(const v1::HistoryRequest& request,
                                                  const Inquiry& inquiry);

// The round length that makes some 30 to 60 buckets of a time.
std::int64_t DefaultStepMs(std::int64_t range_ms);

}  // namespace relaywatch::collector
