// What changed and when, from the store. Pure but for what it reads.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "collector/query/inquiry.h"
#include "collector/store/reader.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

inline constexpr std::uint32_t kDefaultChanges = 100;
inline constexpr std::uint32_t kMaxChanges = 1000;

// The newest first, a page at a time; within a snapshot of the reader. InvalidArgument for a kind
// that there is not, an empty time, a page token of somebody else, a limit above kMaxChanges; or
// any status of the store. Agents are asked for by the names of their certificates.
absl::StatusOr<v1::ChangesResponse> AnswerChanges(const v1::ChangesRequest& request,
                                                  Reader& reader);
// The same for people: a name that nobody has is InvalidArgument, and a host's name stands for its
// agents.
absl::StatusOr<v1::ChangesResponse> AnswerChanges(const v1::ChangesRequest& request,
                                                  const Inquiry& inquiry);

}  // namespace relaywatch::collector
