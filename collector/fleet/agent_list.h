// One list of all agents out of what the registry decided and what the fleet has seen. Pure;
// thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/fleet/fleet.h"
#include "collector/fleet/registry.h"
#include "relaywatch/v1/admin.pb.h"

namespace relaywatch::collector {

// Those that the request asks for, ordered by location and name.
v1::ListAgentsResponse ListOf(const std::vector<AgentRecord>& records,
                              const std::vector<AgentView>& views,
                              const v1::ListAgentsRequest& request, std::int64_t now_ms);

google::protobuf::Timestamp TimestampOf(std::int64_t wall_ms);

}  // namespace relaywatch::collector
