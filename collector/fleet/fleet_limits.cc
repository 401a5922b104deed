#include "collector/fleet/fleet_limits.h"

#include <algorithm>
#include <cmath>

namespace relaywatch::collector {
namespace {

// The longest that agents take (agent/plan).
constexpr double kMaxIntervalMs = 24.0 * 3'600'000;
constexpr double kMinLoginIntervalMs = 15.0 * 60'000;  // agents' own rule (agent/login)
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

double PerMinute(double events, double interval_ms) { return events * 60'000 / interval_ms; }

// What agents may make of POP before SMTP, their own affair: the login, which often is at the same
// server, and the relay test after it, at whichever of its SMTP services has the login.
int ConnectionsOfLogin(const v1::Endpoint& endpoint) {
  const bool has_smtp = std::ranges::any_of(endpoint.services(), [](const v1::Service& service) {
    return service.protocol() == v1::PROTOCOL_SMTP ||
           service.protocol() == v1::PROTOCOL_UNSPECIFIED;
  });
  return has_smtp && !endpoint.relay_test().from().empty() ? 2 : 0;
}

double LoginIntervalMs(const v1::Endpoint& endpoint) {
  return std::max(MillisecondsOf(endpoint.login_interval()), kMinLoginIntervalMs);
}

double ConnectionsPerMinute(const v1::Endpoint& endpoint, double agents) {
  return PerMinute(agents * endpoint.services_size(), MillisecondsOf(endpoint.interval())) +
         PerMinute(agents * ConnectionsOfLogin(endpoint), LoginIntervalMs(endpoint));
}

// Long enough for the logins of an hour, and for theirs to be at most half of the connections.
void StretchLogins(const FleetLimit& limit, double agents, v1::Endpoint& endpoint) {
  double needed = 0;
  if (limit.logins_per_hour != 0) needed = agents * 3'600'000 / limit.logins_per_hour;
  const int connections = ConnectionsOfLogin(endpoint);
  if (limit.connections_per_minute != 0 && connections != 0) {
    const double half = limit.connections_per_minute / 2.0;
    needed = std::max({needed, agents * connections * 60'000 / half, kMinLoginIntervalMs});
  }
  if (needed > MillisecondsOf(endpoint.login_interval())) {
    Set(std::min(needed, kMaxLoginIntervalMs), *endpoint.mutable_login_interval());
  }
}

void StretchProbes(const FleetLimit& limit, double agents, v1::Endpoint& endpoint) {
  if (limit.connections_per_minute == 0) return;
  const double of_logins =
      PerMinute(agents * ConnectionsOfLogin(endpoint), LoginIntervalMs(endpoint));
  const double left = limit.connections_per_minute - of_logins;
  const double wanted = MillisecondsOf(endpoint.interval());
  const double longest = std::max(kMaxIntervalMs, wanted);
  // Nothing is left only where the time between logins is as long as it may be.
  const double needed = left > 0 ? agents * endpoint.services_size() * 60'000 / left : longest;
  if (needed > wanted) Set(std::min(needed, longest), *endpoint.mutable_interval());
}

void Stretch(const FleetLimit& limit, double agents, v1::Endpoint& endpoint) {
  StretchLogins(limit, agents, endpoint);
  StretchProbes(limit, agents, endpoint);
}

}  // namespace

v1::Plan StretchToLimits(v1::Plan plan, const FleetLimits& limits, std::size_t agents) {
  for (v1::Endpoint& endpoint : *plan.mutable_endpoints()) {
    const auto limit = limits.find(endpoint.name());
    if (limit == limits.end()) continue;
    Stretch(limit->second, static_cast<double>(std::max<std::size_t>(agents, 1)), endpoint);
  }
  return plan;
}

double Overrun(const v1::Endpoint& endpoint, const FleetLimit& limit, std::size_t agents) {
  if (limit.connections_per_minute == 0) return 0;
  return std::max(
      ConnectionsPerMinute(endpoint, static_cast<double>(agents)) - limit.connections_per_minute,
      0.0);
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
