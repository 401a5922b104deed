// The collector's answers (query.proto) as JSON: one object for each item, the same from
// `relaywatch` and from the HTTP API (docs/queries.md). Times are RFC 3339 in UTC, null where there
// is none; timings are milliseconds. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "google/protobuf/repeated_ptr_field.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch {

nlohmann::ordered_json AnswerJson(const v1::MatrixCell& cell);
// `answer`: whose level and step the row's are.
nlohmann::ordered_json AnswerJson(const v1::HistoryRow& row, const v1::HistoryResponse& answer);
nlohmann::ordered_json AnswerJson(const v1::ComparedService& service,
                                  const v1::CompareResponse& answer);
nlohmann::ordered_json AnswerJson(const v1::ExplainResponse& answer);
nlohmann::ordered_json AnswerJson(const v1::Change& change);
// `profiles`: whose verdicts the row has.
nlohmann::ordered_json AnswerJson(const v1::ExportRow& row,
                                  const google::protobuf::RepeatedPtrField<std::string>& profiles);

// One line, or `indent` blanks a level; what is no UTF-8 is replaced.
std::string Dump(const nlohmann::ordered_json& json, int indent = -1);

// "2026-11-22T22:46:03.120Z"; "" where the time is unset.
std::string TimeText(const google::protobuf::Timestamp& time);

}  // namespace relaywatch
