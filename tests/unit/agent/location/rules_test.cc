#include "agent/location/rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace relaywatch::agent {
namespace {

v1::LocationRule Rule(const std::string& name) {
  v1::LocationRule rule;
  rule.set_name(name);
  return rule;
}

v1::LocationRule AddressRule(const std::string& name, const std::string& network) {
  v1::LocationRule rule = Rule(name);
  rule.set_address(network);
  return rule;
}

// vpn by interface, branch by gateway, office by DNS suffix and address, lab by its own word, home
// otherwise.
LocationRules Rules(bool catch_all = true) {
  LocationRules rules;
  v1::LocationRule vpn = Rule("vpn");
  vpn.set_interface("tun*");
  v1::LocationRule branch = Rule("branch");
  branch.set_gateway("172.16.0.0/12");
  v1::LocationRule office = AddressRule("office", "10.0.0.0/8");
  office.set_dns_suffix("Corp.Example.com.");
  v1::LocationRule lab = Rule("lab");
  lab.set_declared("laboratory");
  v1::LocationRule home = Rule("home-isp");
  home.set_always(true);
  for (const auto& rule : {vpn, branch, office, lab}) EXPECT_TRUE(rules.Add(rule).ok());
  if (catch_all) {
    EXPECT_TRUE(rules.Add(home).ok());
  }
  return rules;
}

struct Case {
  const char* name;
  Surroundings at;
  const char* location;
};

const Case kCases[] = {
    {"NothingKnown", {}, "home-isp"},
    {"Interface", {.interface = "tun0"}, "vpn"},
    {"FirstOfTwo", {.declared = "laboratory", .interface = "tun0"}, "vpn"},
    {"OtherInterface", {.interface = "eth0"}, "home-isp"},
    {"Gateway", {.gateway = "172.20.0.1"}, "branch"},
    {"OtherGateway", {.gateway = "192.168.1.1"}, "home-isp"},
    {"AddressAndSuffix",
     {.local_address = "10.1.2.3", .dns_suffixes = {"corp.example.com"}},
     "office"},
    {"AddressAloneIsNotEnough", {.local_address = "10.1.2.3"}, "home-isp"},
    {"SuffixAloneIsNotEnough", {.dns_suffixes = {"corp.example.com"}}, "home-isp"},
    {"SuffixBelow",
     {.local_address = "10.1.2.3", .dns_suffixes = {"x.org", "BERLIN.corp.example.com."}},
     "office"},
    {"SuffixThatOnlyEndsAlike",
     {.local_address = "10.1.2.3", .dns_suffixes = {"evilcorp.example.com"}},
     "home-isp"},
    {"Declared", {.declared = "laboratory"}, "lab"},
    {"DeclaredIsCompared", {.declared = "Laboratory"}, "home-isp"},
};

class LocationRulesMatch : public testing::TestWithParam<Case> {};

TEST(LocationRules, TellKindsOfInterfaces) {
  v1::LocationRule rule = Rule("cafe");
  rule.set_interface_kind("wifi");
  LocationRules rules;
  ASSERT_TRUE(rules.Add(rule).ok());
  EXPECT_TRUE(rules.AsksForWay());
  EXPECT_EQ(rules.Match({.interface_kind = "wifi"}), "cafe");
  EXPECT_EQ(rules.Match({.interface_kind = "ethernet"}), "unknown");
  EXPECT_EQ(rules.Match({}), "unknown");
}

TEST_P(LocationRulesMatch, TheFirstThatHolds) {
  EXPECT_EQ(Rules().Match(GetParam().at), GetParam().location);
}

INSTANTIATE_TEST_SUITE_P(Cases, LocationRulesMatch, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(LocationRules, CallWhatNoRuleNamesUnknown) {
  EXPECT_EQ(Rules(/*catch_all=*/false).Match({}), "unknown");
  EXPECT_EQ(LocationRules().Match({}), "unknown");
}

TEST(LocationRules, ReadIpv6AndMappedAddresses) {
  LocationRules rules;
  ASSERT_TRUE(rules.Add(AddressRule("six", "2001:db8::/33")).ok());
  ASSERT_TRUE(rules.Add(AddressRule("four", "192.0.2.0/25")).ok());
  EXPECT_EQ(rules.Match({.declared = "", .local_address = "2001:db8:7fff::1"}), "six");
  EXPECT_EQ(rules.Match({.declared = "", .local_address = "2001:db8:8000::1"}), "unknown");
  EXPECT_EQ(rules.Match({.declared = "", .local_address = "::ffff:192.0.2.1"}), "four");
  EXPECT_EQ(rules.Match({.declared = "", .local_address = "192.0.2.128"}), "unknown");
}

TEST(LocationRules, MatchOneAddress) {
  LocationRules rules;
  ASSERT_TRUE(rules.Add(AddressRule("this-host", "127.0.1.1")).ok());
  EXPECT_EQ(rules.Match({.declared = "", .local_address = "127.0.1.1"}), "this-host");
  EXPECT_EQ(rules.Match({.declared = "", .local_address = "127.0.1.2"}), "unknown");
}

TEST(LocationRules, RefuseWhatIsNoRule) {
  const struct {
    v1::LocationRule rule;
    const char* why;
  } kBad[] = {
      {AddressRule("", "10.0.0.0/8"), "the name is none"},
      {AddressRule("two words", "10.0.0.0/8"), "the name is none"},
      {AddressRule("unknown", "10.0.0.0/8"), "the name is reserved"},
      {AddressRule("default", "10.0.0.0/8"), "the name is reserved"},
      {Rule("office"), "the rule has no condition"},
      {AddressRule("office", "ten"), "a condition names no network such as 10.0.0.0/8"},
  };
  for (const auto& bad : kBad) {
    LocationRules rules;
    EXPECT_EQ(rules.Add(bad.rule).message(), bad.why);
    EXPECT_EQ(rules.Match({.declared = "", .local_address = "10.0.0.1"}), "unknown");
  }
}

}  // namespace
}  // namespace relaywatch::agent
