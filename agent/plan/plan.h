// A plan pushed by the collector, checked before anything acts on it. The collector may be wrong or
// in a stranger's hands, so every name, address, number and count is bounded here again, by the
// rules the collector's own configuration is held to (common/syntax.h), and the floor of the
// interval is compiled in.
//
// All or nothing: a plan with any problem is not adopted, and the one in force stays. What of a
// sound plan this host allows is another question: policy/restrict.h.
// Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "agent/location/rules.h"
#include "agent/schedule/service.h"
#include "relaywatch/v1/plan.pb.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::agent {

inline constexpr std::chrono::milliseconds kMinInterval{5'000};
inline constexpr std::chrono::milliseconds kMaxInterval{std::chrono::hours(24)};
inline constexpr std::chrono::milliseconds kMaxLoginInterval{std::chrono::hours(24 * 30)};
inline constexpr int kMaxServices = 5'000;
inline constexpr int kMaxLocationRules = 256;
inline constexpr std::size_t kMaxProblems = 100;

struct CheckedPlan {
  std::uint64_t revision = 0;
  std::vector<Service> services;
  LocationRules locations;
  // What is wrong with it, in the order of the plan, the first kMaxProblems; empty: the plan may be
  // adopted.
  std::vector<v1::PlanRefusal> problems;
};

CheckedPlan CheckPlan(const v1::Plan& plan);

}  // namespace relaywatch::agent
