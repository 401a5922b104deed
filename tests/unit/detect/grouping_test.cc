#include "collector/detect/grouping.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::collector::detect {
namespace {

ChangeEvent Change(std::uint64_t id, std::int64_t minute,
                   ChangeKind kind = ChangeKind::kReachability) {
  return {.id = id,
          .key = static_cast<KeyId>(id),  // another one each, unless a test says otherwise
          .state = ChangeState::kConfirmed,
          .kinds = Bit(kind),
          .words = "port 25 blocked",
          .since_ms = minute * kMinuteMs,
          .decided_ms = minute * kMinuteMs};
}

KeyName At(const std::string& location, const std::string& endpoint) {
  return {.location = location, .endpoint = endpoint, .port = 25};
}

TEST(Grouping, OneEndpointAtSeveralLocationsIsGlobal) {
  Grouping grouping;
  const auto first = grouping.Add(Change(1, 0), At("office", "mail"));
  EXPECT_EQ(first->scope, Scope::kPlace);
  EXPECT_EQ(first->words, "mail changed for office: port 25 blocked");
  const auto second = grouping.Add(Change(2, 9), At("vpn", "mail"));
  EXPECT_EQ(second->id, first->id);
  EXPECT_EQ(second->scope, Scope::kEndpoint);
  EXPECT_EQ(second->words, "mail changed for office and vpn: port 25 blocked");
  EXPECT_EQ(second->events, (std::vector<std::uint64_t>{1, 2}));
}

TEST(Grouping, SeveralEndpointsOfOneLocationAreItsNetwork) {
  Grouping grouping;
  grouping.Add(Change(1, 0), At("home-isp", "mail"));
  const auto second = grouping.Add(Change(2, 1), At("home-isp", "other"));
  EXPECT_EQ(second->scope, Scope::kLocation);
  EXPECT_EQ(second->words, "network change at home-isp (mail and other): port 25 blocked");
  // Having become the location's, it takes in no other location.
  EXPECT_NE(grouping.Add(Change(3, 2), At("office", "mail"))->id, second->id);
}

TEST(Grouping, LaterOrOtherwiseIsAnotherIncident) {
  Grouping grouping;
  grouping.Add(Change(1, 0), At("office", "mail"));
  EXPECT_EQ(grouping.Add(Change(2, 11), At("vpn", "mail"))->id, 2U);
  EXPECT_EQ(grouping.Add(Change(3, 11, ChangeKind::kRelay), At("home", "mail"))->id, 3U);
  EXPECT_EQ(grouping.Add(Change(4, 11), At("home", "elsewhere"))->id, 4U);
}

TEST(Grouping, OnePlaceMayHaveSeveralDifferencesAndAnotherPlaceMustShareOne) {
  Grouping grouping;
  grouping.Add(Change(1, 0), At("office", "mail"));
  ChangeEvent other_port = Change(2, 0);
  other_port.words = "port 587 blocked";
  const auto both = grouping.Add(other_port, At("office", "mail"));
  EXPECT_EQ(both->words, "mail changed for office: port 25 blocked; port 587 blocked");
  ChangeEvent opened = Change(3, 1);
  opened.words = "port 25 opened";
  EXPECT_EQ(grouping.Add(opened, At("vpn", "mail"))->id, 3U);
  ChangeEvent shared = Change(4, 1);
  shared.words = "port 587 blocked";
  EXPECT_EQ(grouping.Add(shared, At("home", "mail"))->id, 1U);
}

TEST(Grouping, GoingBackIsAnotherIncidentForAllThatGoBack) {
  Grouping grouping;
  grouping.Add(Change(1, 0), At("office", "mail"));
  grouping.Add(Change(2, 0), At("vpn", "mail"));
  ChangeEvent office_back = Change(3, 4);
  office_back.key = 1;
  EXPECT_EQ(grouping.Add(office_back, At("office", "mail"))->id, 3U);
  ChangeEvent vpn_back = Change(4, 4);
  vpn_back.key = 2;
  const auto back = grouping.Add(vpn_back, At("vpn", "mail"));
  EXPECT_EQ(back->id, 3U);
  EXPECT_EQ(back->locations, (std::vector<std::string>{"office", "vpn"}));
}

TEST(Grouping, TakesConfirmedChangesOfRuleOnly) {
  Grouping grouping;
  ChangeEvent probable = Change(1, 0);
  probable.state = ChangeState::kProbable;
  EXPECT_FALSE(grouping.Add(probable, At("office", "mail")).has_value());
  ChangeEvent certificate = Change(2, 0, ChangeKind::kCertificate);
  certificate.is_informational = true;
  EXPECT_FALSE(grouping.Add(certificate, At("office", "mail")).has_value());
}

}  // namespace
}  // namespace relaywatch::collector::detect
