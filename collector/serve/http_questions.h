// The query string of an HTTP question as the message it stands for. InvalidArgument names the
// parameter that is unknown, wrong or missing. Pure; thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "collector/serve/http_api.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

absl::StatusOr<v1::MatrixRequest> MatrixQuestion(const HttpParameters& parameters);
absl::StatusOr<v1::HistoryRequest> HistoryQuestion(const HttpParameters& parameters);
absl::StatusOr<v1::ChangesRequest> ChangesQuestion(const HttpParameters& parameters);
absl::StatusOr<v1::CompareRequest> CompareQuestion(const HttpParameters& parameters);
absl::StatusOr<v1::ExplainRequest> ExplainQuestion(const HttpParameters& parameters);

}  // namespace relaywatch::collector
