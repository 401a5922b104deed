// The plan in force on this host: what the collector pushed, as far as the policy allows it, and
// what the collector has to be told of the rest. A host name's addresses are known only when it is
// probed, so refusals come and go with what names resolve to.
// Confined to the agent's thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/plan/plan.h"
#include "agent/policy/policy.h"
#include "agent/probe/address_filter.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::agent {

inline constexpr std::size_t kMaxReportedRefusals = 500;

class AdoptedPlan {
 public:
  // Takes the plan over, or leaves everything as it was where the plan is not sound; then
  // `problems` of the answer says why.
  CheckedPlan Adopt(const v1::Plan& plan, const Policy& policy);
  // The policy has changed.
  void Recheck(const Policy& policy);

  std::uint64_t revision() const { return revision_; }  // 0: no plan yet
  const std::vector<Service>& services() const { return services_; }

  // The probe of a service met these; none: it met only what it may. Tells what is new in the log.
  // True: Report has changed.
  bool Met(const ServiceKey& service, const std::vector<probe::ForbiddenAddress>& forbidden);
  // Probes that met something forbidden, since the start.
  std::uint64_t refused_probes() const { return refused_probes_; }

  // Of the plan in force.
  v1::PlanReport Report() const;

 private:
  std::uint64_t revision_ = 0;
  std::vector<Service> asked_for_;
  std::vector<Service> services_;
  std::vector<v1::PlanRefusal> refusals_;
  // What the last probe of each service met.
  std::map<ServiceKey, std::vector<probe::ForbiddenAddress>> met_;
  std::set<std::string> told_;  // in the log, once for each host and address
  std::uint64_t refused_probes_ = 0;
};

}  // namespace relaywatch::agent
