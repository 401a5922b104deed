// Finding one's way in a plan. Pure; thread-safe.
#pragma once

#include <string_view>

#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::collector {

// Null where the plan (or the endpoint in it) does not exist.
inline const v1::Endpoint* FindEndpoint(const v1::Plan* plan, std::string_view name) {
  if (plan == nullptr) return nullptr;
  for (const v1::Endpoint& endpoint : plan->endpoints()) {
    if (endpoint.name() == name) return &endpoint;
  }
  return nullptr;
}

}  // namespace relaywatch::collector
