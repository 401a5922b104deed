// What people get wrong, at the level of the programs: each a clear message, the right exit code,
// and nothing else harmed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/deployment.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using support::Completed;
using support::RunToEnd;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kRuntimeFailure = 1;
constexpr int kUsage = 2;
constexpr int kBadConfiguration = 78;

class BadInputTest : public ::testing::Test {
 protected:
  Completed RunCollector(const std::string& config) const {
    return RunToEnd({.argv = {kCollector, "--config", config}});
  }
  Completed RunAgent(const std::string& config) const {
    return RunToEnd({.argv = {kAgent, "--config", config}});
  }

  Deployment deployment_;
};

TEST_F(BadInputTest, CollectorNamesFileLineAndKeyOfAMistypedKey) {
  const std::string config = deployment_.WriteCollector("endpints: []\n");

  const Completed run = RunCollector(config);
  EXPECT_EQ(run.exit_code, kBadConfiguration);
  EXPECT_THAT(run.err, AllOf(HasSubstr("collector.yaml:6: endpints: unknown key"),
                             HasSubstr("did you mean \"endpoints\"?")));
  EXPECT_THAT(run.out, IsEmpty());
}

TEST_F(BadInputTest, CollectorTellsEveryProblemAtOnce) {
  const std::string config = deployment_.WriteCollector(
      "endpoints:\n"
      "  - name: a\n"
      "    host: mail.example.com\n"
      "    services: [{protocol: smtp, port: 70000, security: starttls}]\n"
      "    interval: 60\n");

  const Completed run = RunCollector(config);
  EXPECT_EQ(run.exit_code, kBadConfiguration);
  EXPECT_THAT(run.err, AllOf(HasSubstr("collector.yaml:9: endpoints[0].services[0].port"),
                             HasSubstr("collector.yaml:10: endpoints[0].interval")));
}

TEST_F(BadInputTest, AgentNamesFileLineAndKeyOfAMistypedKey) {
  const std::string config = deployment_.WriteAgent({.name = "office"});
  deployment_.scratch().Write("office.yaml", support::ReadFile(config) + "locaton: office\n");

  const Completed run = RunAgent(config);
  EXPECT_EQ(run.exit_code, kBadConfiguration);
  EXPECT_THAT(run.err, HasSubstr("office.yaml:6: locaton: unknown key"));
}

TEST_F(BadInputTest, DaemonsSayWhichCertificateIsMissing) {
  const std::string agent = deployment_.WriteAgent({.name = "office"});
  const std::string collector = deployment_.WriteCollector("");
  std::filesystem::remove(deployment_.scratch() / "office.pem");
  std::filesystem::remove(deployment_.scratch() / "collector.pem");

  const Completed agent_run = RunAgent(agent);
  EXPECT_EQ(agent_run.exit_code, kBadConfiguration);
  EXPECT_THAT(agent_run.err, HasSubstr(deployment_.scratch() / "office.pem"));
  const Completed collector_run = RunCollector(collector);
  EXPECT_EQ(collector_run.exit_code, kBadConfiguration);
  EXPECT_THAT(collector_run.err, HasSubstr(deployment_.scratch() / "collector.pem"));
}

TEST_F(BadInputTest, DaemonsSayWhichCertificateIsNone) {
  const std::string collector = deployment_.WriteCollector("");
  deployment_.scratch().Write("collector.pem", "no certificate at all\n");

  const Completed run = RunCollector(collector);
  EXPECT_EQ(run.exit_code, kBadConfiguration);
  EXPECT_THAT(run.err, HasSubstr("collector.pem"));
}

TEST_F(BadInputTest, CheckConfigDoesNotStartAnything) {
  const Completed run = RunToEnd(
      {.argv = {kCollector, "--config", deployment_.WriteCollector(""), "--check-config"}});

  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_FALSE(std::filesystem::exists(deployment_.scratch() / "data"));
}

TEST_F(BadInputTest, CollectorSaysWhichPortIsInUse) {
  ASSERT_TRUE(deployment_.StartCollector("")) << deployment_.collector().Err();
  const std::string second = deployment_.WriteCollector("", "other-data");

  const Completed run = RunCollector(second);
  EXPECT_EQ(run.exit_code, kRuntimeFailure);
  EXPECT_THAT(run.err, HasSubstr("127.0.0.1:"));
  // And the first one has not noticed.
  EXPECT_EQ(support::Http(deployment_.http_port(), "/-/healthy").status, 200);
  EXPECT_EQ(deployment_.StopCollector(), 0);
}

TEST_F(BadInputTest, CollectorSaysThatItsDatabaseIsTaken) {
  ASSERT_TRUE(deployment_.StartCollector("")) << deployment_.collector().Err();

  const Completed run = RunCollector(deployment_.scratch() / "collector.yaml");
  EXPECT_EQ(run.exit_code, kRuntimeFailure);
  EXPECT_THAT(run.err, HasSubstr(deployment_.scratch() / "data"));
}

TEST_F(BadInputTest, CollectorSaysWhichDirectoryItCannotWrite) {
  // Not even root writes there.
  const Completed run = RunCollector(deployment_.WriteCollector("", "/proc/relaywatch"));

  EXPECT_EQ(run.exit_code, kRuntimeFailure);
  EXPECT_THAT(run.err, HasSubstr("/proc/relaywatch"));
}

TEST_F(BadInputTest, WrongUsageExitsWithTwo) {
  const std::vector<std::vector<std::string>> commands = {
      {kCollector, "--confg", "x"},          {kAgent},    {kRelaywatch},
      {kRelaywatch, "prob", "127.0.0.1:25"}, {kDemoMail}, {kRelaywatch, "probe"},
  };
  for (const std::vector<std::string>& argv : commands) {
    const Completed run = RunToEnd({.argv = argv});
    EXPECT_EQ(run.exit_code, kUsage) << argv[0] << ": " << run.err;
    EXPECT_THAT(run.out, IsEmpty()) << argv[0];
    EXPECT_FALSE(run.err.empty()) << argv[0];
  }
}

TEST_F(BadInputTest, ProbeRejectsWhatIsNoHostAndPort) {
  for (const char* target : {"mail.example.com", "mail.example.com:", ":25", "mail.example.com:0",
                             "mail.example.com:70000", "::1:25", "[::1]25", "a b:25"}) {
    const Completed run = RunToEnd({.argv = {kRelaywatch, "probe", target}});
    EXPECT_EQ(run.exit_code, kUsage) << target;
    EXPECT_THAT(run.out, IsEmpty()) << target;
    EXPECT_THAT(run.err, HasSubstr(target));
  }
}

TEST_F(BadInputTest, MatrixSaysThatThereIsNoCollector) {
  const Completed run =
      RunToEnd({.argv = {kRelaywatch, "matrix", "--collector", "unix:/nowhere.sock"}});

  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("/nowhere.sock"));
}

TEST_F(BadInputTest, AgentOfAnotherCaIsTurnedAwayAndTheOthersGoOn) {
  const std::string stranger = support::CertificateAuthority("Other CA")
                                   .Issue(support::AgentCertificate("e2e", "stranger"))
                                   .IdentityPem();
  const std::uint16_t closed = support::FreePort();
  ASSERT_TRUE(deployment_.StartCollector(
      fmt::format("endpoints:\n"
                  "  - name: closed\n"
                  "    host: 127.0.0.1\n"
                  "    services: [{{protocol: smtp, port: {}, security: starttls}}]\n"
                  "    interval: 5s\n"
                  "locations: [{{name: here, match: {{always: true}}}}]\n",
                  closed)))
      << deployment_.collector().Err();
  deployment_.StartAgent({.name = "stranger", .identity = stranger});
  deployment_.StartAgent({.name = "office"});

  ASSERT_TRUE(support::Eventually(30s, [&] { return !deployment_.Matrix().empty(); }))
      << deployment_.collector().Err() << deployment_.agent(1).Err();
  EXPECT_EQ(deployment_.Matrix()[0].at("verdict"), "connect_refused");
  EXPECT_EQ(deployment_.Sql("SELECT group_concat(DISTINCT agent) FROM results"), "office");
  // It keeps trying, and says what is the matter.
  EXPECT_TRUE(deployment_.agent(0).WaitForOutput("uplink", 20s)) << deployment_.agent(0).Err();
  EXPECT_EQ(deployment_.agent(0).WaitForExit(0ms), std::nullopt);
  EXPECT_EQ(deployment_.StopAgents(), 0);
}

}  // namespace
}  // namespace relaywatch::e2e
