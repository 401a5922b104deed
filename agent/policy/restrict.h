// A plan under the policy: what of it this host does. Refuses as little as it can: a service, an
// endpoint, or only its relay test; the rest is in force. Pure; thread-safe.
#pragma once

#include <vector>

#include "agent/policy/policy.h"
#include "agent/schedule/service.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::agent {

struct RestrictedPlan {
  std::vector<Service> services;
  // In the order of the plan. An interval that is stretched to what the policy allows is told too,
  // though the service is probed.
  std::vector<v1::PlanRefusal> refusals;
};

// `services`: of a plan that is sound, all services of an endpoint next to each other. A host that
// is a name is only looked at as a name: its addresses are known, and checked, when it is probed.
RestrictedPlan Restrict(const std::vector<Service>& services, const Policy& policy);

}  // namespace relaywatch::agent
