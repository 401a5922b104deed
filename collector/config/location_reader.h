// "locations" of collector.yaml: the rules by which agents name the place they are at. Problems go
// to the document. Confined to one thread.
#pragma once

#include <set>
#include <string>

#include "common/yaml/reader.h"
#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::collector {

// Adds the rules to the plan. The names they give.
std::set<std::string> ReadLocations(yaml::Map& root, v1::Plan& plan);

}  // namespace relaywatch::collector
