// The same endpoints in the same minutes from two places: what each sees, and why they differ.
// Pure but for what it reads through the inquiry.
#pragma once

#include "absl/status/statusor.h"
#include "collector/query/inquiry.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

// InvalidArgument for anything but two different known locations, and for filters that name nothing
// known.
absl::StatusOr<v1::CompareResponse> AnswerCompare(const v1::CompareRequest& request,
                                                  const Inquiry& inquiry);

}  // namespace relaywatch::collector
