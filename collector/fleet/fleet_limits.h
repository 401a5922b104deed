// What the whole fleet may do to one mail server, and the plan that keeps to it. Agents know
// nothing of each other, so the collector, which counts them, spreads what is allowed over them:
// the more agents, the longer the intervals. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::collector {

struct FleetLimit {
  std::uint32_t connections_per_minute = 0;  // of all agents together; 0: no limit
  std::uint32_t logins_per_hour = 0;
};

using FleetLimits = std::map<std::string, FleetLimit>;  // by endpoint

// `plan` with intervals so long that `agents` agents stay within the limits, never shorter than the
// plan's own. An agent makes
//   one connection a probe of a service: TLS, relay tests and a login happen within it, and a
//     second address is tried only where the first does not connect;
//   one login a login interval at a host, whatever number of services and mechanisms;
//   with POP before SMTP, which only it knows of, two more connections a login. Where there is an
//     SMTP service with a relay test they are counted for every agent, and the login interval is
//     told, so that the count holds for hosts with several accounts too.
// Rounds out of turn (a start, a move, ProbeNow) come on top. Intervals end at
// a day, login intervals at 30 days; Overrun tells what is then too much.
v1::Plan StretchToLimits(v1::Plan plan, const FleetLimits& limits, std::size_t agents);

// Connections a minute at the endpoint beyond its limit under a stretched plan; 0: none.
double Overrun(const v1::Endpoint& endpoint, const FleetLimit& limit, std::size_t agents);

// How many agents the plan is made for, as agents come and go. A new plan is pushed to all of them,
// so it is made for some more than there are, and stays until they are too many for it, or far
// fewer than it was made for.
class PlannedFleet {
 public:
  // True: the plan has to be made anew, for size().
  bool Update(std::size_t agents);
  std::size_t size() const { return planned_for_; }

 private:
  std::size_t counted_ = 0;
  std::size_t planned_for_ = 1;
};

}  // namespace relaywatch::collector
