// One profile's verdict about an outcome, as it is told. Pure; thread-safe.
#pragma once

#include <cstddef>

#include "collector/ingest/dictionary.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

enum class Words { kSummary, kAdvice };  // with advice and Outlook's codes, or without

v1::ProfileVerdict VerdictOf(const JudgedOutcome& outcome, std::size_t position, Words words);

}  // namespace relaywatch::collector
