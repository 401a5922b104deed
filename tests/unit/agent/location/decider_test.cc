#include "agent/location/decider.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/unit/agent/location/fake_network.h"

namespace relaywatch::agent {
namespace {

LocationRules One(const std::function<void(v1::LocationRule&)>& condition) {
  v1::LocationRule rule;
  rule.set_name("here");
  condition(rule);
  LocationRules rules;
  EXPECT_TRUE(rules.Add(rule).ok());
  return rules;
}

LocationRules AtAddress(const std::string& network) {
  return One([&](v1::LocationRule& rule) { rule.set_address(network); });
}

class LocationDeciderTest : public testing::Test {
 protected:
  FakeNetwork network_;
};

TEST_F(LocationDeciderTest, LooksAtTheWayToTheServer) {
  network_.way = {.interface = "tun0",
                  .interface_kind = "tunnel",
                  .gateway = "10.8.0.1",
                  .local_address = "10.8.0.2"};
  network_.to_internet = {.interface = "eth0", .interface_kind = "ethernet"};
  LocationDecider decider(network_, "", "");
  decider.SetRules(One([](auto& rule) { rule.set_interface("tun*"); }));
  EXPECT_EQ(decider.Decide("192.0.2.1", ""), "here");
  EXPECT_EQ(network_.last_remote, "192.0.2.1");
  EXPECT_EQ(decider.Decide("", ""), "unknown");
  decider.SetRules(One([](auto& rule) { rule.set_interface_kind("tunnel"); }));
  EXPECT_EQ(decider.Decide("192.0.2.1", ""), "here");
  decider.SetRules(One([](auto& rule) { rule.set_gateway("10.8.0.0/24"); }));
  EXPECT_EQ(decider.Decide("192.0.2.1", ""), "here");
  decider.SetRules(AtAddress("10.8.0.2"));
  EXPECT_EQ(decider.Decide("192.0.2.1", ""), "here");
}

TEST_F(LocationDeciderTest, PrefersTheConnectionsOwnAddress) {
  LocationDecider decider(network_, "", "127.0.2.1");
  decider.SetRules(AtAddress("127.0.1.1"));
  EXPECT_EQ(decider.Decide("127.0.0.1", "127.0.1.1"), "here");
  EXPECT_EQ(decider.Decide("127.0.0.1", ""), "unknown");
}

TEST_F(LocationDeciderTest, FallsBackToTheSourceThatProbesBind) {
  LocationDecider decider(network_, "", "127.0.1.1");
  decider.SetRules(AtAddress("127.0.1.1"));
  EXPECT_EQ(decider.Decide("", ""), "here");
}

TEST_F(LocationDeciderTest, LooksAtTheSearchList) {
  network_.suffixes = {"berlin.corp.example.com"};
  LocationDecider decider(network_, "", "");
  decider.SetRules(One([](auto& rule) { rule.set_dns_suffix("corp.example.com"); }));
  EXPECT_EQ(decider.Decide("", ""), "here");
}

TEST_F(LocationDeciderTest, TakesOverAnotherDeclaredName) {
  LocationDecider decider(network_, "office", "");
  decider.SetRules(One([](auto& rule) { rule.set_declared("laboratory"); }));
  EXPECT_EQ(decider.Decide("", ""), "unknown");
  decider.SetDeclared("laboratory", "");
  EXPECT_EQ(decider.Decide("", ""), "here");
}

}  // namespace
}  // namespace relaywatch::agent
