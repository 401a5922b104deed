// Everything about one service as seen from one place: the newest result and what it means to each
// kind of client, since when, and what others see. Pure but for what it reads through the inquiry.
#pragma once

#include "absl/status/statusor.h"
#include "collector/query/inquiry.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

// InvalidArgument for names that nobody has, and where nobody has ever probed that from there;
// NotFound where no result before that moment is left.
absl::StatusOr<v1::ExplainResponse> AnswerExplain(const v1::ExplainRequest& request,
                                                  const Inquiry& inquiry);

}  // namespace relaywatch::collector
