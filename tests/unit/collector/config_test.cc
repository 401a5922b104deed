// collector.yaml: what a good one becomes, and what every kind of bad one is told, with line and
// key.
#include "collector/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/support/scratch.h"

namespace relaywatch::collector {
namespace {

using ::testing::HasSubstr;

constexpr const char* kDaemon = "identity: c.pem\nca: ca.pem\ndeployment: example\n";  // lines 1-3

std::string With(const std::string& more) { return kDaemon + more; }

std::string OneEndpoint(const std::string& more) {
  return With(
      "endpoints:\n"                                     // 4
      "  - name: corp\n"                                 // 5
      "    host: smtp.example.com\n"                     // 6
      "    services: [{protocol: smtp, port: 587}]\n" +  // 7
      more);                                             // 8
}

TEST(CollectorConfig, NeedsNothingForAPkiOfItsOwn) {
  const auto config = ParseConfig("deployment: example\n", "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->UsesOwnPki());
  EXPECT_THAT(config->server_names, ::testing::IsSupersetOf({"localhost", "127.0.0.1", "::1"}));
  EXPECT_EQ(config->certificate_lifetime, std::chrono::hours(7 * 24));
  EXPECT_EQ(FormatHostPort(config->enrollment), "0.0.0.0:7444");
}

TEST(CollectorConfig, TakesAnIssuerOfAnOutsidePki) {
  const auto config = ParseConfig(With("issuer: i.pem\ncertificate_lifetime: 1h\n"), "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->UsesOwnPki());
  EXPECT_EQ(config->issuer, "i.pem");
  EXPECT_EQ(config->certificate_lifetime, std::chrono::hours(1));
}

TEST(CollectorConfig, ServesNoOperatorsOverTheNetworkUnlessToldTo) {
  const auto config = ParseConfig(With(""), "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->operators.has_value());
}

TEST(CollectorConfig, ReadsEverything) {
  const auto config = ParseConfig(R"yaml(
listen: {agents: "[::1]:7000", http: 127.0.0.1:0, operators: 10.0.0.1:7445, admin: /tmp/a.sock}
identity: collector.pem
ca: ca.pem
deployment: example
data_directory: /data
log_level: debug
client_profiles:
  - {name: scanner, mechanisms: [LOGIN], reads_auth_equals: false, last_auth_line_only: true}
  - {name: printer, authenticates: false, logs_on_to_incoming_first: true, outlook: true}
endpoints:
  - name: corp-mail
    host: smtp.example.com
    services:
      - {protocol: smtp, port: 25, security: starttls}
      - {protocol: imap, port: 993}
      - {protocol: smtp, port: 587}
    interval: 1500s
    limits: {connections_per_minute: 600, logins_per_hour: 60}
    relay_test: {from: a@example.com, own: b@example.com, foreign: c@example.net}
    expect_relay: {office: accepted, default: refused}
    profiles: [outlook, scanner]
locations:
  - {name: office, match: {declared: hq, address: 10.0.0.0/8}}
  - {name: office, match: {address: "fd00::/8"}}
  - {name: vpn, match: {interface: "tun*", interface_kind: tunnel}}
  - {name: branch, match: {gateway: 172.16.0.0/12, dns_suffix: branch.example.com}}
  - {name: home, match: {always: true}}
)yaml",
                                  "collector.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(FormatHostPort(config->agents), "[::1]:7000");
  EXPECT_EQ(config->http.port, 0);
  ASSERT_TRUE(config->operators.has_value());
  EXPECT_EQ(FormatHostPort(*config->operators), "10.0.0.1:7445");
  EXPECT_EQ(config->data_directory, "/data");
  EXPECT_EQ(config->log_level, "debug");
  ASSERT_EQ(config->client_profiles.size(), 2u);
  EXPECT_TRUE(config->client_profiles[0].auth_reading.last_line_only);
  EXPECT_FALSE(config->client_profiles[0].auth_reading.equals_form);
  EXPECT_FALSE(config->client_profiles[1].authenticates);
  EXPECT_TRUE(config->client_profiles[1].is_outlook);
  ASSERT_EQ(config->plan.endpoints_size(), 1);
  const v1::Endpoint& endpoint = config->plan.endpoints(0);
  EXPECT_EQ(endpoint.interval().seconds(), 1500);
  EXPECT_EQ(endpoint.services(0).security(), v1::SECURITY_STARTTLS);
  EXPECT_EQ(endpoint.services(1).security(), v1::SECURITY_TLS);   // by its port
  EXPECT_EQ(endpoint.services(2).security(), v1::SECURITY_AUTO);  // by its port
  EXPECT_EQ(endpoint.relay_test().foreign(), "c@example.net");
  EXPECT_EQ(endpoint.expect_relay(1).location(), "default");
  EXPECT_EQ(endpoint.expect_relay(0).anonymous_foreign(), v1::RELAY_EXPECTATION_ACCEPTED);
  EXPECT_EQ(endpoint.profiles(1), "scanner");
  EXPECT_EQ(config->limits.at("corp-mail").connections_per_minute, 600u);
  EXPECT_EQ(config->limits.at("corp-mail").logins_per_hour, 60u);
  ASSERT_EQ(config->plan.locations_size(), 5);
  EXPECT_EQ(config->plan.locations(0).declared(), "hq");
  EXPECT_EQ(config->plan.locations(2).interface(), "tun*");
  EXPECT_EQ(config->plan.locations(2).interface_kind(), "tunnel");
  EXPECT_EQ(config->plan.locations(3).gateway(), "172.16.0.0/12");
  EXPECT_EQ(config->plan.locations(3).dns_suffix(), "branch.example.com");
  EXPECT_TRUE(config->plan.locations(4).always());
}

TEST(CollectorConfig, HasTheDocumentedDefaults) {
  const auto config = ParseConfig(kDaemon, "collector.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(FormatHostPort(config->agents), "0.0.0.0:7443");
  EXPECT_EQ(FormatHostPort(config->http), "127.0.0.1:9587");
  EXPECT_EQ(config->admin, "/run/relaywatch/collector.sock");
  EXPECT_EQ(config->data_directory, "/var/lib/relaywatch");
  const auto endpoint = ParseConfig(OneEndpoint(""), "collector.yaml");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_EQ(endpoint->plan.endpoints(0).interval().seconds(), 60);
  EXPECT_TRUE(endpoint->plan.endpoints(0).profiles().empty());
}

struct Case {
  const char* name;
  std::string text;
  const char* problem;
};

class BadConfig : public ::testing::TestWithParam<Case> {};

TEST_P(BadConfig, IsToldWithLineAndKey) {
  const auto config = ParseConfig(GetParam().text, "c.yaml");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(config.status().message()), HasSubstr(GetParam().problem));
}

const Case kBad[] = {
    {"NoIdentity", "ca: a\ndeployment: x\n", "the key \"identity\" is missing"},
    {"NoCa", "identity: a\nissuer: b\ndeployment: x\n", "the key \"ca\" is missing"},
    {"NamesOfNoUse", "identity: a\nca: a\nserver_names: [a.example]\ndeployment: x\n",
     "c.yaml:3: server_names: is of no use"},
    {"NoName", "server_names: [\"a b\"]\ndeployment: x\n",
     "server_names: \"a b\" is neither a host name nor an address"},
    {"ShortLife", "certificate_lifetime: 59s\ndeployment: x\n", "certificate_lifetime: "},
    {"LongLife", "certificate_lifetime: 91d\ndeployment: x\n", "certificate_lifetime: "},
    {"NoDeployment", "identity: a\nca: a\n", "the key \"deployment\" is missing"},
    {"BadDeployment", "identity: a\nca: a\ndeployment: Example!\n", "c.yaml:3: deployment: "},
    {"ShortRetention", With("retention:\n  raw: 23h\n"), "c.yaml:5: retention.raw"},
    {"LongRetention", With("retention: {hours: 3651d}\n"), "c.yaml:4: retention.hours"},
    {"RetentionOfNoUnit", With("retention:\n  raw: 14d\n  five_minutes: 90\n"),
     "c.yaml:6: retention.five_minutes"},
    {"CoarseBeforeFine", With("retention:\n  raw: 14d\n  five_minutes: 7d\n"),
     "c.yaml:6: retention.five_minutes: must not be shorter than `raw`"},
    {"HoursBeforeFiveMinutes", With("retention:\n  hours: 30d\n"),
     "c.yaml:5: retention.hours: must not be shorter than `five_minutes`"},
    {"RetentionOfAnotherLevel", With("retention:\n  days: 30d\n"), "c.yaml:5: retention.days"},
    {"RetentionThatIsNoMapping", With("retention: 14d\n"), "c.yaml:4: retention"},
    {"UnknownKey", With("idenity: x\n"),
     "c.yaml:4: idenity: unknown key (did you mean \"identity\"?)"},
    {"UnknownLogLevel", With("log_level: loud\n"), "c.yaml:4: log_level: \"loud\""},
    {"ListenNoPort", With("listen: {http: localhost}\n"), "c.yaml:4: listen.http: \"localhost\""},
    {"ListenName", With("listen: {agents: \"mail.example.com:7443\"}\n"),
     "listen.agents: \"mail.example.com\" is not an address"},
    {"ListenPortRange", With("listen: {http: \"127.0.0.1:65536\"}\n"), "is not host:port"},
    {"OperatorsNoPort", With("listen: {operators: 127.0.0.1}\n"),
     "listen.operators: \"127.0.0.1\" is not host:port"},
    {"AdminTooLong", With("listen: {admin: /" + std::string(120, 'a') + "}\n"), "listen.admin"},
    {"EndpointTwice",
     OneEndpoint("  - {name: corp, host: a.example, services: [{protocol: smtp, port: 25}]}\n"),
     "c.yaml:8: endpoints[1].name: \"corp\" is used twice"},
    {"EndpointNameNoLabel",
     With("endpoints:\n  - {name: corp mail, host: a.example, services: []}\n"),
     "endpoints[0].name: \"corp mail\" is not a name"},
    {"NoServices", With("endpoints:\n  - {name: corp, host: a.example}\n"),
     "endpoints[0].services: needs at least one service"},
    {"HostSyntax",
     With("endpoints:\n  - {name: a, host: \"sm tp\", services: [{protocol: smtp, "
          "port: 25}]}\n"),
     "endpoints[0].host: \"sm tp\" is neither a host name nor an address"},
    {"PortRange",
     With("endpoints:\n  - {name: a, host: b, services: [{protocol: smtp, port: 70000}]}\n"),
     "c.yaml:5: endpoints[0].services[0].port: 70000 is not in 1-65535"},
    {"PortTwice",
     With("endpoints:\n  - {name: a, host: b, services: [{protocol: smtp, port: 25}, "
          "{protocol: smtp, port: 25}]}\n"),
     "endpoints[0].services[1].port: 25 is used twice"},
    {"PortMissing", With("endpoints:\n  - {name: a, host: b, services: [{protocol: smtp}]}\n"),
     "endpoints[0].services[0]: the key \"port\" is missing"},
    {"UnknownProtocol",
     With("endpoints:\n  - {name: a, host: b, services: [{protocol: nntp, port: 119}]}\n"),
     "endpoints[0].services[0].protocol: \"nntp\" is not smtp, pop3 or imap"},
    {"UnknownSecurity",
     With("endpoints:\n  - {name: a, host: b, services: [{protocol: smtp, port: 25, "
          "security: ssl}]}\n"),
     "services[0].security: \"ssl\" is not auto, none, starttls or tls"},
    {"IntervalTooShort", OneEndpoint("    interval: 4s\n"),
     "c.yaml:8: endpoints[0].interval: 4s is not in 5s-1d"},
    {"IntervalTooLong", OneEndpoint("    interval: 25h\n"), "interval: 25h is not in 5s-1d"},
    {"IntervalNoUnit", OneEndpoint("    interval: 60\n"), "interval: \"60\" is not a duration"},
    {"RelayAddress", OneEndpoint("    relay_test: {from: nobody, own: a@b.example}\n"),
     "endpoints[0].relay_test.from: \"nobody\" is not a mail address"},
    {"RelayAddressInjection",
     OneEndpoint("    relay_test: {from: \"a@b.example>\\r\\nDATA\", own: a@b.example}\n"),
     "relay_test.from"},
    {"RelayNoRecipient", OneEndpoint("    relay_test: {from: a@b.example}\n"),
     "relay_test: needs a recipient"},
    {"ExpectUnknownLocation", OneEndpoint("    expect_relay: {moon: refused}\n"),
     "endpoints[0].expect_relay.moon: is no location of this file"},
    {"ExpectUnknownState", OneEndpoint("    expect_relay: {default: maybe}\n"),
     "expect_relay.default: \"maybe\" is not accepted or refused"},
    {"UnknownProfile", OneEndpoint("    profiles: [outlok]\n"),
     "endpoints[0].profiles: \"outlok\" is no client profile"},
    {"ProfileTwice", OneEndpoint("    profiles: [outlook, outlook]\n"), "is listed twice"},
    {"UnknownEndpointKey", OneEndpoint("    intervall: 60s\n"),
     "c.yaml:8: endpoints[0].intervall: unknown key (did you mean \"interval\"?)"},
    {"LocationNoMatch", With("locations:\n  - {name: office}\n"),
     "locations[0]: the key \"match\" is missing"},
    {"LocationEmptyMatch", With("locations:\n  - {name: office, match: {}}\n"),
     "locations[0].match: needs a condition"},
    {"LocationCidr", With("locations:\n  - {name: office, match: {address: 10.0.0.0/33}}\n"),
     "c.yaml:5: locations[0].match.address: \"10.0.0.0/33\" is not a network"},
    {"LocationGateway", With("locations:\n  - {name: office, match: {gateway: router}}\n"),
     "c.yaml:5: locations[0].match.gateway: \"router\" is not a network"},
    {"LocationInterfaceKind", With("locations:\n  - {name: a, match: {interface_kind: radio}}\n"),
     "locations[0].match.interface_kind: \"radio\" is not one of ethernet, wifi, tunnel, ppp, "
     "bridge, loopback, other"},
    {"LocationDnsSuffix", With("locations:\n  - {name: a, match: {dns_suffix: \"a b\"}}\n"),
     "locations[0].match.dns_suffix: \"a b\" is not a domain"},
    {"LimitZero", OneEndpoint("    limits: {connections_per_minute: 0}\n"),
     "c.yaml:8: endpoints[0].limits.connections_per_minute: 0 is not in 1-1000000"},
    {"LimitUnknown", OneEndpoint("    limits: {connections_per_hour: 5}\n"),
     "endpoints[0].limits.connections_per_hour: unknown key"},
    {"LocationUnknownMatch", With("locations:\n  - {name: vpn, match: {ssid: Corp}}\n"),
     "locations[0].match.ssid: unknown key"},
    {"LocationReserved", With("locations:\n  - {name: default, match: {always: true}}\n"),
     "locations[0].name: \"default\" is reserved"},
    {"LocationNeverReached",
     With(
         "locations:\n  - {name: a, match: {always: true}}\n  - {name: b, match: {declared: b}}\n"),
     "locations[1]: is never reached"},
    {"ProfileNameOfABuiltIn", With("client_profiles:\n  - {name: outlook, mechanisms: [LOGIN]}\n"),
     "client_profiles[0].name: \"outlook\" is used twice"},
    {"ProfileUnknownMechanism", With("client_profiles:\n  - {name: x, mechanisms: [LOGON]}\n"),
     "client_profiles[0].mechanisms: \"LOGON\" is no SASL mechanism"},
    {"ProfileWithoutMechanisms", With("client_profiles:\n  - {name: x}\n"),
     "mechanisms: is needed by a profile that authenticates"},
    {"ProfileWithUselessMechanisms",
     With("client_profiles:\n  - {name: x, authenticates: false, mechanisms: [LOGIN]}\n"),
     "mechanisms: has no use"},
    {"BrokenYaml", "identity: [\n", "c.yaml:2: "},
    {"NoMapping", "- a\n", "must be a mapping"},
};
INSTANTIATE_TEST_SUITE_P(Table, BadConfig, ::testing::ValuesIn(kBad),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(CollectorConfig, TellsAllProblemsAtOnce) {
  const auto config = ParseConfig(With("log_level: loud\nsurprise: 1\n"), "c.yaml");
  EXPECT_THAT(std::string(config.status().message()),
              ::testing::AllOf(HasSubstr("c.yaml:4: log_level"), HasSubstr("c.yaml:5: surprise")));
}

TEST(CollectorConfig, PathsAreRelativeToTheFile) {
  const support::ScratchDirectory scratch;
  const std::string file = scratch.Write("etc/collector.yaml", With("data_directory: ../data\n"));
  const auto config = LoadConfig(file);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->identity, scratch / "etc/c.pem");
  EXPECT_EQ(config->data_directory, scratch / "data");
  EXPECT_EQ(config->admin, "/run/relaywatch/collector.sock");  // absolute stays
}

TEST(CollectorConfig, AMissingFileIsToldByName) {
  const auto config = LoadConfig("/nonexistent/collector.yaml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(config.status().message()), HasSubstr("/nonexistent/collector.yaml"));
}

}  // namespace
}  // namespace relaywatch::collector
