// Facts as JSON: the middle of the document that docs/probe-output.md describes, from "stage" to
// "relay". Every part is always present; null, [] or "untested" where nothing was seen. Pure;
// thread-safe.
#pragma once

#include <nlohmann/json.hpp>

#include "relaywatch/v1/facts.pb.h"

namespace relaywatch {

nlohmann::ordered_json FactsJson(const v1::Facts& facts);

}  // namespace relaywatch
