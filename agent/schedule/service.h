// One service of the plan as this agent probes it: what Schedule spaces out in time and what a
// result is recorded under. Values; thread-compatible.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/probe/probe.h"
#include "relaywatch/v1/taxonomy.pb.h"

namespace relaywatch::agent {

// What a service is known by from one plan to the next.
struct ServiceKey {
  std::string endpoint;
  v1::Protocol protocol = v1::PROTOCOL_SMTP;
  std::uint16_t port = 0;

  auto operator<=>(const ServiceKey&) const = default;
};

// What the plan expects of an anonymous foreign recipient, by location.
struct RelayExpectations {
  std::vector<std::pair<std::string, v1::RelayExpectation>> by_location;
  v1::RelayExpectation otherwise = v1::RELAY_EXPECTATION_UNSPECIFIED;

  v1::RelayExpectation At(const std::string& location) const {
    for (const auto& [name, expectation] : by_location) {
      if (name == location) return expectation;
    }
    return otherwise;
  }
};

struct Service {
  ServiceKey key;
  std::string host;  // DNS name or address without brackets
  v1::Security security = v1::SECURITY_AUTO;
  std::chrono::milliseconds interval{0};
  std::chrono::milliseconds login_interval{0};  // between two logins at the host; 0: not asked for
  probe::RelayTest relay_test;
  RelayExpectations expect_relay;
};

}  // namespace relaywatch::agent
