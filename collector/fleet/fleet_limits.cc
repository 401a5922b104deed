#include "collector/fleet/fleet_limits.h"

#include <algorithm>
#include <cmath>

namespace relaywatch::collector {
namespace {

// The longest that agents take (agent/plan).
constexpr double kMaxIntervalMs = 24.0 * 3'600'000;
constexpr double kMaxLoginIntervalMs = 30.0 * 24 * 3'600'000;

double MillisecondsOf(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) * 1e3 + duration.nanos() / 1e6;
}

// To whole milliseconds, upwards, so that rounding breaks no limit.
void Set(double ms, google::protobuf::Duration& duration) {
  const auto whole = static_cast<std::int64_t>(std::ceil(ms));
  duration.set_seconds(whole / 1'000);
  duration.set_nanos(static_cast<int>(whole % 1'000) * 1'000'000);
}

double ConnectionsPerMinute(const v1::Endpoint& endpoint, std::size_t agents) {
  return static_cast<double>(agents) * endpoint.services_size() * 60'000 /
         MillisecondsOf(endpoint.interval());
}

void Stretch(const FleetLimit& limit, std::size_t agents, v1::Endpoint& endpoint) {
  const double wanted = MillisecondsOf(endpoint.interval());
  if (limit.connections_per_minute != 0) {
    const double needed = wanted * ConnectionsPerMinute(endpoint, agents) /
                          static_cast<double>(limit.connections_per_minute);
    if (needed > wanted) {
      Set(std::min(needed, std::max(kMaxIntervalMs, wanted)), *endpoint.mutable_interval());
    }
  }
  if (limit.logins_per_hour != 0) {
    const double needed =
        static_cast<double>(agents) * 3'600'000 / static_cast<double>(limit.logins_per_hour);
    Set(std::min(needed, kMaxLoginIntervalMs), *endpoint.mutable_login_interval());
  }
}

}  // namespace

v1::Plan StretchToLimits(v1::Plan plan, const FleetLimits& limits, std::size_t agents) {
  for (v1::Endpoint& endpoint : *plan.mutable_endpoints()) {
    const auto limit = limits.find(endpoint.name());
    if (limit != limits.end()) Stretch(limit->second, std::max<std::size_t>(agents, 1), endpoint);
  }
  return plan;
}

double Overrun(const v1::Endpoint& endpoint, const FleetLimit& limit, std::size_t agents) {
  if (limit.connections_per_minute == 0) return 0;
  return std::max(ConnectionsPerMinute(endpoint, agents) - limit.connections_per_minute, 0.0);
}

bool PlannedFleet::Update(std::size_t agents) {
  agents = std::max<std::size_t>(agents, 1);
  const bool too_many = agents > planned_for_;
  const bool far_fewer = agents * 5 < counted_ * 4;
  if (!too_many && !far_fewer) return false;
  counted_ = agents;
  planned_for_ = agents + agents / 5;
  return true;
}

}  // namespace relaywatch::collector
