// What agents saw, as lines of evidence, and a comparison's cause in plain words. Pure;
// thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "relaywatch/v1/query.pb.h"

namespace relaywatch::cli {

using Witnesses = google::protobuf::RepeatedPtrField<v1::Witness>;

// "The network on the way" for network_path.
std::string CauseText(std::string_view cause);

// One paragraph each: where, who, when, what.
void AddWitnesses(std::string& out, const Witnesses& witnesses);

}  // namespace relaywatch::cli
