#include "agent/plan/plan.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "common/syntax.h"

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxExpectations = 256;

class Problems {
 public:
  explicit Problems(std::vector<v1::PlanRefusal>& list) : list_(list) {}

  void Add(const std::string& endpoint, std::uint32_t port, std::string reason) {
    if (list_.size() >= kMaxProblems) return;
    v1::PlanRefusal& problem = list_.emplace_back();
    // A refusal is a message too: what it repeats of a hostile plan is bounded and valid UTF-8.
    problem.set_endpoint(IsLabelName(endpoint) ? endpoint : "");
    problem.set_port(port);
    problem.set_reason(std::move(reason));
  }

 private:
  std::vector<v1::PlanRefusal>& list_;
};

std::string Quoted(const std::string& text) {
  constexpr std::size_t kShown = 80;
  std::string shown;
  for (const char c : text.substr(0, kShown)) shown += c >= ' ' && c < 0x7f ? c : '?';
  return fmt::format("\"{}\"", shown);
}

milliseconds ToMilliseconds(const google::protobuf::Duration& duration) {
  constexpr std::int64_t kMaxSeconds = 1'000'000'000;  // far outside the bounds, far from overflow
  if (duration.seconds() < 0 || duration.seconds() > kMaxSeconds) return milliseconds(-1);
  return milliseconds(duration.seconds() * 1000 + duration.nanos() / 1'000'000);
}

void CheckEndpoint(const v1::Endpoint& endpoint, std::set<std::string>& names, Problems& problems) {
  const std::string& name = endpoint.name();
  if (!IsLabelName(name)) problems.Add(name, 0, fmt::format("{} is not a name", Quoted(name)));
  if (!names.insert(name).second) problems.Add(name, 0, "the name is used twice");
  if (!IsHost(endpoint.host())) {
    problems.Add(name, 0,
                 fmt::format("{} is neither a host name nor an address", Quoted(endpoint.host())));
  }
  const milliseconds interval = ToMilliseconds(endpoint.interval());
  if (interval < kMinInterval || interval > kMaxInterval) {
    problems.Add(name, 0, "the interval is not between 5 seconds and 24 hours");
  }
  const milliseconds login_interval = ToMilliseconds(endpoint.login_interval());
  if (login_interval < milliseconds(0) || login_interval > kMaxLoginInterval) {
    problems.Add(name, 0, "the login interval is longer than 30 days");
  }
}

void CheckRelayTest(const v1::Endpoint& endpoint, Problems& problems) {
  const v1::RelayTest& test = endpoint.relay_test();
  for (const std::string* address : {&test.from(), &test.own(), &test.foreign()}) {
    if (address->empty() || IsMailAddress(*address)) continue;
    problems.Add(endpoint.name(), 0, fmt::format("{} is not a mail address", Quoted(*address)));
  }
}

RelayExpectations ReadExpectations(const v1::Endpoint& endpoint, Problems& problems) {
  RelayExpectations expectations;
  if (endpoint.expect_relay_size() > kMaxExpectations) {
    problems.Add(endpoint.name(), 0, "more than 256 relay expectations");
    return expectations;
  }
  for (const v1::LocationExpectation& expected : endpoint.expect_relay()) {
    if (!v1::RelayExpectation_IsValid(expected.anonymous_foreign())) {
      problems.Add(endpoint.name(), 0, "unknown relay expectation");
    } else if (expected.location() == "default") {
      expectations.otherwise = expected.anonymous_foreign();
    } else {
      expectations.by_location.emplace_back(expected.location(), expected.anonymous_foreign());
    }
  }
  return expectations;
}

void CheckService(const std::string& endpoint, const v1::Service& service, Problems& problems) {
  if (service.port() < 1 || service.port() > 65535) {
    problems.Add(endpoint, service.port(), fmt::format("{} is not a port", service.port()));
  }
  if (!v1::Protocol_IsValid(service.protocol()) || service.protocol() == v1::PROTOCOL_UNSPECIFIED) {
    problems.Add(endpoint, service.port(), "unknown protocol");
  }
  if (!v1::Security_IsValid(service.security()) || service.security() == v1::SECURITY_UNSPECIFIED) {
    problems.Add(endpoint, service.port(), "unknown security");
  }
}

void ReadServices(const v1::Endpoint& endpoint, CheckedPlan& checked, Problems& problems) {
  Service service;
  service.host = endpoint.host();
  service.interval = ToMilliseconds(endpoint.interval());
  service.login_interval = ToMilliseconds(endpoint.login_interval());
  service.relay_test = {endpoint.relay_test().from(), endpoint.relay_test().own(),
                        endpoint.relay_test().foreign()};
  service.expect_relay = ReadExpectations(endpoint, problems);
  std::set<ServiceKey> keys;
  for (const v1::Service& named : endpoint.services()) {
    CheckService(endpoint.name(), named, problems);
    service.key = {endpoint.name(), named.protocol(), static_cast<std::uint16_t>(named.port())};
    service.security = named.security();
    if (!keys.insert(service.key).second) {
      problems.Add(endpoint.name(), named.port(), "the service is named twice");
    }
    checked.services.push_back(service);
  }
}

}  // namespace

CheckedPlan CheckPlan(const v1::Plan& plan) {
  CheckedPlan checked;
  checked.revision = plan.revision();
  Problems problems(checked.problems);
  int services = 0;
  for (const v1::Endpoint& endpoint : plan.endpoints()) services += endpoint.services_size();
  if (plan.endpoints_size() > kMaxServices || services > kMaxServices) {
    problems.Add("", 0, fmt::format("more than {} services", kMaxServices));
    return checked;
  }
  if (plan.locations_size() > kMaxLocationRules) {
    problems.Add("", 0, fmt::format("more than {} location rules", kMaxLocationRules));
    return checked;
  }
  std::set<std::string> names;
  for (const v1::Endpoint& endpoint : plan.endpoints()) {
    CheckEndpoint(endpoint, names, problems);
    CheckRelayTest(endpoint, problems);
    ReadServices(endpoint, checked, problems);
  }
  for (const v1::LocationRule& rule : plan.locations()) {
    if (auto added = checked.locations.Add(rule); !added.ok()) {
      problems.Add(
          "", 0, fmt::format("location {}: {}", Quoted(rule.name()), std::string(added.message())));
    }
  }
  return checked;
}

}  // namespace relaywatch::agent
