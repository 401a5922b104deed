// The JSON document of one probe: the contract that scripts rely on (docs/probe-output.md). Every
// part is always present; null, [] or "untested" where nothing was seen. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>

#include "cli/judged_report.h"

namespace relaywatch::cli {

nlohmann::ordered_json Document(const JudgedReport& judged);

}  // namespace relaywatch::cli
