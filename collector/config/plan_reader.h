// The part of collector.yaml that becomes the agents' plan: endpoints and locations. Problems go to
// the document; what is returned is only used when there were none. Confined to one thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "collector/fleet/fleet_limits.h"
#include "common/judge/profile.h"
#include "common/yaml/reader.h"
#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::collector {

// The operators' own client profiles under "client_profiles".
std::vector<judge::ClientProfile> ReadClientProfiles(yaml::Map& root);

// "locations" and "endpoints", whose limits go to `limits`. `profiles`: the names an endpoint may
// list.
v1::Plan ReadPlan(yaml::Map& root, const std::set<std::string>& profiles, FleetLimits& limits);

}  // namespace relaywatch::collector
