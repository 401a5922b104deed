#include "agent/location/host_network.h"

#include <gtest/gtest.h>

#include "agent/location/decider.h"

namespace relaywatch::agent {
namespace {

constexpr char kRoutes[] =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "eth0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
    "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    "tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0\n"
    "wlan0\tnonsense\n";

constexpr char kIpv6Routes[] =
    "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "fe800000000000000000000000000001 00000100 00000001 00000000 00000003     eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n";

TEST(HostNetwork, FindsTheGatewayOfAnInterface) {
  EXPECT_EQ(GatewayInRouteTable(kRoutes, "eth0"), "192.168.0.1");
}

TEST(HostNetwork, FindsNoGatewayWhereNoneIs) {
  EXPECT_EQ(GatewayInRouteTable(kRoutes, "tun0"), "");
  EXPECT_EQ(GatewayInRouteTable(kRoutes, "wlan0"), "");
  EXPECT_EQ(GatewayInRouteTable("", "eth0"), "");
  EXPECT_EQ(GatewayInIpv6RouteTable(kIpv6Routes, "lo"), "");
}

TEST(HostNetwork, FindsTheIpv6GatewayOfAnInterface) {
  EXPECT_EQ(GatewayInIpv6RouteTable(kIpv6Routes, "eth0"), "fe80::1");
}

TEST(HostNetwork, ReadsSearchListAndDomain) {
  EXPECT_EQ(SuffixesInResolvConf("# search no.example\n"
                                 "domain corp.example.com\n"
                                 "nameserver 192.0.2.53\n"
                                 "search a.example b.example\n"),
            (std::vector<std::string>{"corp.example.com", "a.example", "b.example"}));
}

TEST(HostNetwork, KnowsTheWayToThisHost) {
  EXPECT_EQ(LocalAddressFor("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(InterfaceOf("127.0.0.1"), "lo");
  EXPECT_EQ(InterfaceOf("203.0.113.77"), "");
  EXPECT_EQ(LocalAddressFor("not an address"), "");
}

LocationRules RuleFor(const std::string& network) {
  v1::LocationRule rule;
  rule.set_name("here");
  rule.set_address(network);
  LocationRules rules;
  EXPECT_TRUE(rules.Add(rule).ok());
  return rules;
}

TEST(HostLocationDecider, PrefersTheConnectionsOwnAddress) {
  HostLocationDecider decider("", "127.0.2.1");
  decider.SetRules(RuleFor("127.0.1.1"));
  EXPECT_EQ(decider.Decide("127.0.0.1", "127.0.1.1"), "here");
  EXPECT_EQ(decider.Decide("127.0.0.1", ""), "unknown");
}

TEST(HostLocationDecider, FallsBackToTheSourceThatProbesBind) {
  HostLocationDecider decider("", "127.0.1.1");
  decider.SetRules(RuleFor("127.0.1.1"));
  EXPECT_EQ(decider.Decide("", ""), "here");
}

TEST(HostLocationDecider, AsksForTheWayWhereNoConnectionStood) {
  HostLocationDecider decider("", "");
  decider.SetRules(RuleFor("127.0.0.1"));
  EXPECT_EQ(decider.Decide("127.0.0.1", ""), "here");
  EXPECT_EQ(decider.Decide("", ""), "unknown");
}

TEST(HostLocationDecider, FindsTheInterfaceThatARuleAsksFor) {
  HostLocationDecider decider("", "");
  v1::LocationRule rule;
  rule.set_name("loopback");
  rule.set_interface("l?");
  LocationRules rules;
  ASSERT_TRUE(rules.Add(rule).ok());
  decider.SetRules(rules);
  EXPECT_EQ(decider.Decide("127.0.0.1", "127.0.0.1"), "loopback");
  EXPECT_EQ(decider.Decide("", "203.0.113.77"), "unknown");
}

TEST(HostLocationDecider, TakesOverAnotherDeclaredName) {
  HostLocationDecider decider("office", "");
  v1::LocationRule rule;
  rule.set_name("lab");
  rule.set_declared("laboratory");
  LocationRules rules;
  ASSERT_TRUE(rules.Add(rule).ok());
  decider.SetRules(rules);
  EXPECT_EQ(decider.Decide("", ""), "unknown");
  decider.SetDeclared("laboratory", "");
  EXPECT_EQ(decider.Decide("", ""), "lab");
}

}  // namespace
}  // namespace relaywatch::agent
