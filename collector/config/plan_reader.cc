#include "collector/config/plan_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "collector/config/location_reader.h"
#include "common/syntax.h"
#include "common/taxonomy.h"

namespace relaywatch::collector {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr yaml::DurationRange kInterval{.min = 5s, .max = 24h};

// A required name that must be unique among its kind.
std::string ReadName(yaml::Map& map, std::set<std::string>& taken) {
  std::string name = map.RequiredString("name");
  if (name.empty()) return name;
  if (!IsLabelName(name)) {
    map.Complain("name", fmt::format("\"{}\" is not a name (letters, digits, \".\", \"_\", \"-\", "
                                     "at most 63)",
                                     name));
  } else if (!taken.insert(name).second) {
    map.Complain("name", fmt::format("\"{}\" is used twice", name));
  }
  return name;
}

v1::Protocol ReadProtocol(yaml::Map& service) {
  const std::string label = service.RequiredString("protocol");
  const auto protocol = ParseProtocol(label);
  if (!protocol && !label.empty()) {
    service.Complain("protocol", fmt::format("\"{}\" is not smtp, pop3 or imap", label));
  }
  return protocol.value_or(v1::PROTOCOL_UNSPECIFIED);
}

v1::Security DefaultSecurity(std::uint32_t port) {
  return port == 465 || port == 993 || port == 995 ? v1::SECURITY_TLS : v1::SECURITY_AUTO;
}

v1::Security ReadSecurity(yaml::Map& service, std::uint32_t port) {
  if (!service.Has("security")) return DefaultSecurity(port);
  const std::string label = service.String("security");
  const auto security = ParseSecurity(label);
  if (!security) {
    service.Complain("security", fmt::format("\"{}\" is not auto, none, starttls or tls", label));
  }
  return security.value_or(v1::SECURITY_UNSPECIFIED);
}

void ReadServices(yaml::Map& from, v1::Endpoint& endpoint) {
  std::set<std::uint32_t> ports;
  for (yaml::Map& service : from.Children("services")) {
    const auto port =
        static_cast<std::uint32_t>(service.Integer("port", 0, {.min = 1, .max = 65535}));
    if (!service.Has("port")) service.Complain("", "the key \"port\" is missing");
    // The port is the metric label: two services on one port could not be told apart.
    if (port != 0 && !ports.insert(port).second) {
      service.Complain("port", fmt::format("{} is used twice in this endpoint", port));
    }
    v1::Service& added = *endpoint.add_services();
    added.set_protocol(ReadProtocol(service));
    added.set_port(port);
    added.set_security(ReadSecurity(service, port));
    service.RejectOthers();
  }
  if (endpoint.services().empty()) from.Complain("services", "needs at least one service");
}

std::string ReadAddress(yaml::Map& test, std::string_view key) {
  std::string address = test.String(key);
  if (!address.empty() && !IsMailAddress(address)) {
    test.Complain(key, fmt::format("\"{}\" is not a mail address", address));
  }
  return address;
}

void ReadRelayTest(yaml::Map& from, v1::Endpoint& endpoint) {
  auto test = from.Child("relay_test");
  if (!test) return;
  v1::RelayTest& read = *endpoint.mutable_relay_test();
  read.set_from(ReadAddress(*test, "from"));
  read.set_own(ReadAddress(*test, "own"));
  read.set_foreign(ReadAddress(*test, "foreign"));
  if (read.from().empty()) test->Complain("from", "is needed for a relay test");
  if (read.own().empty() && read.foreign().empty()) {
    test->Complain("", "needs a recipient: own, foreign or both");
  }
  test->RejectOthers();
}

void ReadExpectations(yaml::Map& from, const std::set<std::string>& locations,
                      v1::Endpoint& endpoint) {
  auto expectations = from.Child("expect_relay");
  if (!expectations) return;
  for (const std::string& location : expectations->Keys()) {
    const std::string label = expectations->String(location);
    const auto expected = ParseRelayExpectation(label);
    if (location != "default" && !locations.contains(location)) {
      expectations->Complain(location, "is no location of this file and not \"default\"");
    }
    if (!expected) {
      expectations->Complain(location, fmt::format("\"{}\" is not accepted or refused", label));
    }
    v1::LocationExpectation& added = *endpoint.add_expect_relay();
    added.set_location(location);
    added.set_anonymous_foreign(expected.value_or(v1::RELAY_EXPECTATION_UNSPECIFIED));
  }
  expectations->RejectOthers();
}

void ReadEndpointProfiles(yaml::Map& from, const std::set<std::string>& known,
                          v1::Endpoint& endpoint) {
  std::set<std::string> listed;
  for (const std::string& name : from.Strings("profiles")) {
    if (!known.contains(name)) {
      from.Complain("profiles", fmt::format("\"{}\" is no client profile", name));
    } else if (!listed.insert(name).second) {
      from.Complain("profiles", fmt::format("\"{}\" is listed twice", name));
    }
    endpoint.add_profiles(name);
  }
}

void ReadLimits(yaml::Map& from, const std::string& endpoint, FleetLimits& read_limits) {
  auto limits = from.Child("limits");
  if (!limits) return;
  const auto read = [&](std::string_view key) {
    return static_cast<std::uint32_t>(limits->Integer(key, 0, {.min = 1, .max = 1'000'000}));
  };
  read_limits[endpoint] = {.connections_per_minute = read("connections_per_minute"),
                           .logins_per_hour = read("logins_per_hour")};
  limits->RejectOthers();
}

void ReadInterval(yaml::Map& from, v1::Endpoint& endpoint) {
  const milliseconds interval = from.Duration("interval", 60s, kInterval);
  endpoint.mutable_interval()->set_seconds(interval.count() / 1000);
  endpoint.mutable_interval()->set_nanos(static_cast<int>(interval.count() % 1000) * 1'000'000);
}

}  // namespace

std::vector<judge::ClientProfile> ReadClientProfiles(yaml::Map& root) {
  std::vector<judge::ClientProfile> profiles;
  std::set<std::string> taken;
  for (const auto& profile : judge::BuiltInProfiles()) taken.insert(profile.name);
  for (yaml::Map& from : root.Children("client_profiles")) {
    judge::ClientProfile profile;
    profile.name = ReadName(from, taken);
    profile.authenticates = from.Bool("authenticates", true);
    profile.logs_on_to_incoming_first = from.Bool("logs_on_to_incoming_first", false);
    profile.mechanisms = from.Strings("mechanisms");
    for (const std::string& mechanism : profile.mechanisms) {
      if (!judge::IsKnownMechanism(mechanism)) {
        from.Complain("mechanisms", fmt::format("\"{}\" is no SASL mechanism", mechanism));
      }
    }
    if (profile.authenticates == profile.mechanisms.empty()) {
      from.Complain("mechanisms", profile.authenticates
                                      ? "is needed by a profile that authenticates"
                                      : "has no use in a profile that does not authenticate");
    }
    profile.auth_reading.equals_form = from.Bool("reads_auth_equals", true);
    profile.auth_reading.last_line_only = from.Bool("last_auth_line_only", false);
    profile.is_outlook = from.Bool("outlook", false);
    from.RejectOthers();
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

v1::Plan ReadPlan(yaml::Map& root, const std::set<std::string>& profiles, FleetLimits& limits) {
  v1::Plan plan;
  const std::set<std::string> locations = ReadLocations(root, plan);
  std::set<std::string> taken;
  for (yaml::Map& from : root.Children("endpoints")) {
    v1::Endpoint& endpoint = *plan.add_endpoints();
    endpoint.set_name(ReadName(from, taken));
    endpoint.set_host(from.RequiredString("host"));
    if (!endpoint.host().empty() && !IsHost(endpoint.host())) {
      from.Complain("host",
                    fmt::format("\"{}\" is neither a host name nor an address", endpoint.host()));
    }
    ReadServices(from, endpoint);
    ReadInterval(from, endpoint);
    ReadLimits(from, endpoint.name(), limits);
    ReadRelayTest(from, endpoint);
    ReadExpectations(from, locations, endpoint);
    ReadEndpointProfiles(from, profiles, endpoint);
    from.RejectOthers();
  }
  return plan;
}

}  // namespace relaywatch::collector
