// A laptop goes from the office over the VPN home, while a real agent on it probes a mail server
// that treats each of these networks in its own way. What the server did tells where a result truly
// comes from, so no label can be wrong unnoticed.
#include "tests/e2e/laptop.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "tests/e2e/deployment.h"
#include "tests/e2e/private_network.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;

constexpr const char* kMail = "192.0.2.10";

class LaptopTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "networks are made by root only";
    ASSERT_TRUE(network_.is_up());
    laptop_ = std::make_unique<Laptop>();
    ASSERT_EQ(laptop_->error(), "");
    for (auto& port : ports_) port = support::FreePort();
    StartMail();
    deployment_ = std::make_unique<Deployment>("192.0.2.20");
    ASSERT_TRUE(deployment_->StartCollector(Plan())) << deployment_->collector().Err();
    deployment_->StartAgent({.name = "laptop",
                             .mail_ca = scratch_ / "ca.pem",
                             .policy = "{networks: [192.0.2.0/24], ports: [1024-65535]}",
                             .declares = false,
                             .wrapper = laptop_->Wrapper()});
  }

  void StartMail() {
    scratch_.Write("ca.pem", ca_.certificate_pem());
    scratch_.Write("mail.pem", ca_.Issue({.names = {kMail}}).IdentityPem());
    std::string config = "identity: mail.pem\nlisteners:\n";
    for (const auto port : ports_) {
      config += fmt::format("  - {{address: {}, port: {}, security: starttls}}\n", kMail, port);
    }
    config +=
        "rules:\n"
        "  - {client: 10.1.0.0/24, relay: accepted}\n"
        "  - {client: 10.8.0.0/24, " +
        vpn_rule_ +
        "}\n"
        "  - {client: 10.3.0.0/24, greeting: \"554 5.7.1 dynamic addresses are not served\"}\n";
    mail_ = std::make_unique<support::Process>(
        support::Command{.argv = {kDemoMail, "--config", scratch_.Write("mail.yaml", config)}});
    ASSERT_TRUE(mail_->WaitForOutput("ready", 10s)) << mail_->Err();
  }

  // One endpoint is probed all the time, one so rarely that only a round at once can tell.
  std::string Plan() const {
    const std::string form =
        "  - {{name: {}, host: {}, services: [{{protocol: smtp, port: {}, security: starttls}}], "
        "interval: {}}}\n";
    return "endpoints:\n" + fmt::format(fmt::runtime(form), "often", kMail, ports_[0], "5s") +
           fmt::format(fmt::runtime(form), "rarely", kMail, ports_[1], "1h") +
           "locations:\n"
           "  - {name: vpn, match: {interface: \"tun*\"}}\n"
           "  - {name: office, match: {gateway: 10.1.0.1}}\n"
           "  - {name: home, match: {interface_kind: ethernet, gateway: 10.3.0.0/24}}\n";
  }

  bool HasRoundFrom(const std::string& location, std::chrono::seconds limit) const {
    return support::Eventually(limit, [&] {
      return deployment_->Sql(
                 "SELECT count(DISTINCT endpoint) FROM results WHERE moved = 0 AND "
                 "location = '" +
                 location + "'") == "2";
    });
  }

  std::string vpn_rule_ = "auth: {tls: [LOGIN]}";
  const PrivateNetwork network_;
  support::ScratchDirectory scratch_;
  support::CertificateAuthority ca_{"Mail CA"};
  std::array<std::uint16_t, 2> ports_{};
  std::unique_ptr<Laptop> laptop_;
  std::unique_ptr<support::Process> mail_;
  std::unique_ptr<Deployment> deployment_;
};

TEST_F(LaptopTest, IsWhereItsResultsSayItIs) {
  ASSERT_TRUE(HasRoundFrom("office", 30s)) << deployment_->agent(0).Err();
  std::this_thread::sleep_for(5s);  // two probes of a service are never closer: a ceiling

  laptop_->ConnectToVpn();
  ASSERT_EQ(laptop_->error(), "");
  EXPECT_TRUE(deployment_->agent(0).WaitForOutput("location: from office to vpn", 2s))
      << deployment_->agent(0).Err();
  EXPECT_TRUE(support::Eventually(3s, [&] {
    return MetricSum(deployment_->Metrics(), "relaywatch_agents",
                     {R"(location="vpn")", R"(state="connected")"}) == 1;
  })) << deployment_->Metrics();
  EXPECT_TRUE(HasRoundFrom("vpn", 15s)) << deployment_->agent(0).Err();
  std::this_thread::sleep_for(5s);

  laptop_->GoHome();
  ASSERT_EQ(laptop_->error(), "");
  // Perhaps by way of "unknown", while neither link is there.
  EXPECT_TRUE(deployment_->agent(0).WaitForOutput(" to home", 2s)) << deployment_->agent(0).Err();
  EXPECT_TRUE(HasRoundFrom("home", 15s)) << deployment_->agent(0).Err();

  EXPECT_EQ(deployment_->StopAgents(), 0);
  EXPECT_EQ(deployment_->Sql("SELECT group_concat(cell, ' ') FROM (SELECT DISTINCT location || ':' "
                             "|| verdict AS cell FROM judged WHERE profile = 'outlook' AND "
                             "moved = 0 ORDER BY 1)"),
            "home:client_blocked office:auth_not_offered vpn:ok");
  const std::string metrics = deployment_->Metrics();
  EXPECT_EQ(MetricSum(metrics, "relaywatch_probes_total"),
            std::stod(deployment_->Sql("SELECT count(*) FROM judged WHERE moved = 0 AND "
                                       "captive_portal = 0 AND lane = 'live'")));
}

// On the VPN, HTTP comes in the mail server's place.
class PortalTest : public LaptopTest {
 protected:
  PortalTest() { vpn_rule_ = "faults: [{at: banner, kind: reply, text: HTTP/1.1 302 Found}]"; }

  std::string Count(const std::string& where) const {
    return deployment_->Sql("SELECT count(*) FROM results WHERE " + where);
  }
};

TEST_F(PortalTest, MarksWhatAPortalAnswers) {
  ASSERT_TRUE(HasRoundFrom("office", 30s)) << deployment_->agent(0).Err();
  laptop_->ConnectToVpn();
  ASSERT_TRUE(HasRoundFrom("vpn", 20s)) << deployment_->agent(0).Err();
  EXPECT_EQ(Count("location = 'vpn' AND moved = 0 AND captive_portal = 0"), "0");
  EXPECT_EQ(MetricSum(deployment_->Metrics(), "relaywatch_probes_total", {R"(location="vpn")"}), 0);

  laptop_->GoHome();
  ASSERT_TRUE(HasRoundFrom("home", 20s)) << deployment_->agent(0).Err();
  EXPECT_EQ(Count("location = 'home' AND captive_portal = 1"), "0");
}

}  // namespace
}  // namespace relaywatch::e2e
