#include "agent/policy/restrict.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;

void Add(const Service& service, std::uint32_t port, std::string reason, RestrictedPlan& plan) {
  v1::PlanRefusal& refusal = plan.refusals.emplace_back();
  refusal.set_endpoint(service.key.endpoint);
  refusal.set_port(port);
  refusal.set_reason(std::move(reason));
}

std::string RefuseEndpoint(const Service& service, const Policy& policy) {
  if (std::string reason = policy.RefuseHost(service.host); !reason.empty()) return reason;
  std::error_code error;
  const asio::ip::address literal = asio::ip::make_address(service.host, error);
  return error ? std::string() : policy.Refuse(literal);
}

std::string RefuseRelayTest(const Service& service, const Policy& policy) {
  const probe::RelayTest& test = service.relay_test;
  for (const std::string* address : {&test.from, &test.own, &test.foreign}) {
    if (address->empty()) continue;
    std::string reason = policy.RefuseMailAddress(*address, service.host);
    if (!reason.empty()) return "no relay test: " + reason;
  }
  return {};
}

// What holds for all services of an endpoint, told once.
struct Endpoint {
  bool refused = false;
  bool no_relay_test = false;
  milliseconds interval{0};
};

Endpoint Look(const Service& service, const Policy& policy, RestrictedPlan& plan) {
  Endpoint endpoint{.interval = service.interval};
  if (std::string reason = RefuseEndpoint(service, policy); !reason.empty()) {
    Add(service, 0, std::move(reason), plan);
    endpoint.refused = true;
    return endpoint;
  }
  if (std::string reason = RefuseRelayTest(service, policy); !reason.empty()) {
    Add(service, 0, std::move(reason), plan);
    endpoint.no_relay_test = true;
  }
  if (service.interval < policy.min_interval()) {
    endpoint.interval = policy.min_interval();
    Add(service, 0,
        fmt::format("an interval of {} ms is below the agent's policy.min_interval: probed every "
                    "{} ms",
                    service.interval.count(), endpoint.interval.count()),
        plan);
  }
  return endpoint;
}

// Probes a minute over the ceiling would wait and be skipped at random; slower is fair to all.
void SlowDown(const Policy& policy, RestrictedPlan& plan) {
  const unsigned allowed = policy.max_probes_per_minute();
  double asked = 0;
  for (const Service& service : plan.services) {
    asked += 60'000.0 / static_cast<double>(service.interval.count());
  }
  if (allowed == 0 || asked <= allowed) return;
  for (Service& service : plan.services) {
    const double stretched = static_cast<double>(service.interval.count()) * asked / allowed;
    service.interval = milliseconds(static_cast<std::int64_t>(std::ceil(stretched)));
  }
  v1::PlanRefusal& refusal = plan.refusals.emplace_back();
  refusal.set_reason(fmt::format(
      "{:.0f} probes a minute are more than the agent's policy.max_probes_per_minute of {}: all "
      "intervals are stretched",
      std::ceil(asked), allowed));
}

}  // namespace

RestrictedPlan Restrict(const std::vector<Service>& services, const Policy& policy) {
  RestrictedPlan plan;
  Endpoint endpoint;
  for (std::size_t i = 0; i < services.size(); ++i) {
    Service service = services[i];
    if (i == 0 || services[i - 1].key.endpoint != service.key.endpoint) {
      endpoint = Look(service, policy, plan);
    }
    if (endpoint.refused) continue;
    if (std::string reason = policy.RefusePort(service.key.port); !reason.empty()) {
      Add(service, service.key.port, std::move(reason), plan);
      continue;
    }
    service.interval = endpoint.interval;
    if (endpoint.no_relay_test) service.relay_test = {};
    plan.services.push_back(std::move(service));
  }
  SlowDown(policy, plan);
  return plan;
}

}  // namespace relaywatch::agent
