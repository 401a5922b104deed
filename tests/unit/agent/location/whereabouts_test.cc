#include "agent/location/whereabouts.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/agent/location/fake_network.h"

namespace relaywatch::agent {
namespace {

const Way kOffice{.interface = "eth0", .gateway = "10.1.0.1", .local_address = "10.1.0.2"};
const Way kVpn{.interface = "tun0", .gateway = "10.8.0.1", .local_address = "10.8.0.2"};

class WhereaboutsTest : public testing::Test {
 protected:
  WhereaboutsTest() {
    LocationRules rules;
    v1::LocationRule rule;
    rule.set_name("vpn");
    rule.set_interface("tun*");
    EXPECT_TRUE(rules.Add(rule).ok());
    rule.Clear();
    rule.set_name("office");
    rule.set_gateway("10.1.0.0/16");
    EXPECT_TRUE(rules.Add(rule).ok());
    whereabouts_.SetRules(rules);
    whereabouts_.Watch([this] { ++moves_; });
    network_->way = network_->to_internet = kOffice;
    smtp_.key = {"corp", v1::PROTOCOL_SMTP, 587};
    smtp_.host = "smtp.corp.de";
    report_.address = "192.0.2.1";
    report_.local_address = "10.1.0.2";
    report_.facts.mutable_plain();
  }

  Whereabouts::Place Probe() {
    const auto begin = whereabouts_.Begin(smtp_.key);
    return whereabouts_.End(smtp_, begin, report_, {});
  }
  void MoveTo(const Way& way) {
    network_->way = way;
    ++network_->changes;
  }

  FakeNetwork* network_ = new FakeNetwork();
  Whereabouts whereabouts_{std::unique_ptr<HostNetwork>(network_), "", ""};
  Service smtp_;
  probe::Report report_;
  int moves_ = 0;
};

TEST_F(WhereaboutsTest, NamesThePlaceOfAResult) {
  const auto place = Probe();
  EXPECT_EQ(place.location, "office");
  EXPECT_FALSE(place.moved);
  EXPECT_EQ(whereabouts_.Latest(), "office");
}

TEST_F(WhereaboutsTest, MarksAResultDuringWhichTheWayChanged) {
  Probe();
  const auto begin = whereabouts_.Begin(smtp_.key);
  network_->way = kVpn;  // not told yet
  EXPECT_TRUE(whereabouts_.End(smtp_, begin, report_, {}).moved);
  EXPECT_FALSE(Probe().moved);
}

TEST_F(WhereaboutsTest, MarksAResultDuringWhichAnythingChanged) {
  Probe();
  const auto begin = whereabouts_.Begin(smtp_.key);
  ++network_->changes;
  EXPECT_TRUE(whereabouts_.End(smtp_, begin, report_, {}).moved);
}

TEST_F(WhereaboutsTest, AnotherWayThanToTheInternetIsNoMove) {
  network_->way = kVpn;
  const auto place = Probe();
  EXPECT_EQ(place.location, "vpn");
  EXPECT_FALSE(place.moved);
}

TEST_F(WhereaboutsTest, TellsAMoveOnceItIsKnown) {
  Probe();
  MoveTo(kVpn);
  network_->Tell();
  EXPECT_EQ(moves_, 1);
  EXPECT_EQ(whereabouts_.Latest(), "vpn");
  network_->Tell();
  EXPECT_EQ(moves_, 1);
}

TEST_F(WhereaboutsTest, AChangeThatLeadsNowhereElseIsNoMove) {
  Probe();
  ++network_->changes;
  network_->Tell();
  EXPECT_EQ(moves_, 0);
}

TEST_F(WhereaboutsTest, OtherRulesAreNoMove) {
  Probe();
  LocationRules rules;
  v1::LocationRule rule;
  rule.set_name("hq");
  rule.set_always(true);
  ASSERT_TRUE(rules.Add(rule).ok());
  whereabouts_.SetRules(rules);
  EXPECT_EQ(whereabouts_.Latest(), "hq");
  network_->Tell();
  EXPECT_EQ(moves_, 0);
}

TEST_F(WhereaboutsTest, ForgetsServicesThatWent) {
  Probe();
  whereabouts_.Keep({});
  MoveTo(kVpn);
  network_->Tell();
  EXPECT_EQ(moves_, 0);
}

TEST_F(WhereaboutsTest, APortalAnswersForNobody) {
  report_.facts.Clear();
  report_.facts.set_failure(v1::FAILURE_FOREIGN_PROTOCOL);
  report_.facts.set_detail("another protocol: HTTP/1.1 302 Found");
  EXPECT_TRUE(Probe().captive_portal);
}

}  // namespace
}  // namespace relaywatch::agent
