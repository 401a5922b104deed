// A plan that asks for more than an agent's host allows: real daemons, a real DNS server whose
// names lead where nobody should go. Refused on the agent, visible at the collector, never
// connected to.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "tests/e2e/deployment.h"
#include "tests/e2e/dns_server.h"
#include "tests/e2e/private_network.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class PolicyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "networks are made by root only";
    ASSERT_TRUE(network_.is_up());
    dns_ = std::make_unique<DnsServer>(std::vector<std::string>{
        "host-record=mail.example.com,127.0.0.1", "host-record=cloud.example.com,169.254.169.254",
        "host-record=mapped.example.com,::ffff:127.0.0.1"});
    ASSERT_TRUE(dns_->is_up()) << dns_->Log();
  }

  std::string Endpoint(const std::string& name, const std::string& host, std::uint16_t port,
                       const std::string& more = "") const {
    return fmt::format(
        "  - {{name: {}, host: {}, services: [{{protocol: smtp, port: {}}}], interval: 5s{}}}\n",
        name, host, port, more);
  }

  void Start(const std::string& endpoints, const std::string& policy) {
    ASSERT_TRUE(deployment_.StartCollector("endpoints:\n" + endpoints))
        << deployment_.collector().Err();
    deployment_.StartAgent({.name = "office", .policy = policy, .wrapper = dns_->AskedBy({})});
  }

  // Both sides say so.
  void ExpectRefused(const std::string& endpoint, const std::string& reason) {
    EXPECT_TRUE(deployment_.collector().WaitForOutput(
        fmt::format("agent office refuses {}: {}", endpoint, reason), 30s))
        << endpoint << ": " << deployment_.collector().Err() << deployment_.agent(0).Err();
    EXPECT_TRUE(deployment_.agent(0).WaitForOutput(reason, 10s)) << deployment_.agent(0).Err();
  }

  PrivateNetwork network_;
  std::unique_ptr<DnsServer> dns_;
  Deployment deployment_;
};

TEST_F(PolicyTest, RefusesWhereNamesLeadAndSaysSoOnBothSides) {
  const std::uint16_t port = support::FreePort();
  support::Process listener(
      {.argv = {"python3", "-m", "http.server", "--bind", "127.0.0.1", std::to_string(port)}});
  ASSERT_TRUE(support::WaitForPort("127.0.0.1", port)) << listener.Err();
  Start(Endpoint("loopback", "mail.example.com", port) +
            Endpoint("metadata", "cloud.example.com", 25) +
            Endpoint("mapped", "mapped.example.com", port) + Endpoint("literal", "127.0.0.1", port),
        "{ports: [1-65535]}");

  ExpectRefused(fmt::format("loopback:{}", port),
                "mail.example.com: 127.0.0.1 is a loopback "
                "address, which is not in the agent's "
                "policy.networks");
  ExpectRefused("metadata:25",
                "cloud.example.com: 169.254.169.254 is a cloud's metadata service, "
                "which is not in the agent's policy.networks");
  ExpectRefused(fmt::format("mapped:{}", port),
                "mapped.example.com: ::ffff:127.0.0.1 is a "
                "loopback address");
  ExpectRefused("literal", "127.0.0.1 is a loopback address");
  EXPECT_EQ(deployment_.StopAgents(), 0);
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM results"), "0");
  EXPECT_THAT(listener.Out() + listener.Err(), ::testing::Not(HasSubstr("code 400")));
}

TEST_F(PolicyTest, RefusesPortsHostsAndRecipientsAndProbesTheRest) {
  const std::uint16_t port = support::FreePort();
  Start(Endpoint("allowed", "mail.example.com", port,
                 ", relay_test: {from: probe@example.com, foreign: victim@bank.example.org}") +
            Endpoint("other-port", "mail.example.com", 22) +
            Endpoint("other-host", "cloud.example.com", port),
        fmt::format("{{ports: [{}], hosts: [mail.example.com], networks: [127.0.0.0/8], "
                    "recipients: [probe@example.com]}}",
                    port));

  ExpectRefused("allowed",
                "no relay test: victim@bank.example.org is not in the agent's "
                "policy.recipients");
  ExpectRefused("other-port:22", "port 22 is not in the agent's policy.ports");
  ExpectRefused("other-host", "cloud.example.com is not in the agent's policy.hosts");
  ASSERT_TRUE(support::Eventually(
      30s, [&] { return deployment_.Sql("SELECT count(*) FROM results") != "0"; }));
  EXPECT_EQ(deployment_.Sql("SELECT DISTINCT endpoint FROM results"), "allowed");
}

TEST_F(PolicyTest, AppliesAReloadedPolicyToThePlanInForce) {
  const std::uint16_t port = support::FreePort();
  Start(Endpoint("mail", "127.0.0.1", port), "{ports: [1024-65535]}");
  ExpectRefused("mail", "127.0.0.1 is a loopback address");

  deployment_.WriteAgent({.name = "office", .policy = "{networks: [nonsense]}"});
  deployment_.agent(0).Signal(SIGHUP);
  EXPECT_TRUE(deployment_.agent(0).WaitForOutput("the old configuration stays in force", 10s));
  deployment_.WriteAgent({.name = "office"});
  deployment_.agent(0).Signal(SIGHUP);
  EXPECT_TRUE(support::Eventually(30s, [&] {
    return deployment_.Sql("SELECT count(*) FROM results") != "0";
  })) << deployment_.agent(0).Err();
}

}  // namespace
}  // namespace relaywatch::e2e
