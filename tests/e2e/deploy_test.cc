// deploy/: the examples are valid, the CA script makes what the daemons want, the quickstart shows
// what it promises and leaves nothing behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "tests/e2e/deployment.h"
#include "tests/support/network.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using support::Completed;
using support::RunToEnd;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const std::string kDeploy = kSource + "/deploy";
const std::string kCaScript = kDeploy + "/ca.sh";

class CaScript : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(Ca({"init", directory(), "example"}).exit_code, 0); }

  std::string directory() const { return scratch_ / "ca"; }
  Completed Ca(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), kCaScript);
    return RunToEnd({.argv = std::move(arguments)});
  }
  fs::perms Mode(const std::string& name) const {
    return fs::status(fs::path(directory()) / name).permissions();
  }

  support::ScratchDirectory scratch_;
};

TEST_F(CaScript, MakesWhatCollectorAndAgentWant) {
  ASSERT_EQ(Ca({"collector", directory(), "collector.example.com"}).exit_code, 0);
  ASSERT_EQ(Ca({"agent", directory(), "office-1"}).exit_code, 0);
  ASSERT_EQ(Ca({"issuer", directory()}).exit_code, 0);
  scratch_.Write("ca/collector.yaml",
                 "identity: collector.pem\nca: ca.pem\nissuer: issuer.pem\ndeployment: example\n");
  scratch_.Write("ca/agent.yaml",
                 "collector: a.example:7443\nidentity: office-1.pem\nca: ca.pem\n");

  const Completed collector = RunToEnd(
      {.argv = {kCollector, "--check-config", "--config", directory() + "/collector.yaml"}});
  EXPECT_EQ(collector.exit_code, 0) << collector.err;
  const Completed agent =
      RunToEnd({.argv = {kAgent, "--check-config", "--config", directory() + "/agent.yaml"}});
  EXPECT_EQ(agent.exit_code, 0) << agent.err;
}

TEST_F(CaScript, MakesAnOperator) {
  ASSERT_EQ(Ca({"operator", directory(), "alice"}).exit_code, 0);
  EXPECT_EQ(Mode("alice.pem"), fs::perms{0600});
  const Completed names = RunToEnd({.argv = {"openssl", "x509", "-in", directory() + "/alice.pem",
                                             "-noout", "-ext", "subjectAltName"}});
  EXPECT_THAT(names.out, HasSubstr("URI:spiffe://example/operator/alice\n"));
}

TEST_F(CaScript, IsNotNeededForTheExampleConfigurations) {
  scratch_.Write("ca/token", "rw1_" + std::string(86, 'A') + "\n");
  for (const char* name : {"collector.example.yaml", "agent.example.yaml"}) {
    fs::copy_file(fs::path(kDeploy) / name, fs::path(directory()) / name);
  }

  const Completed collector = RunToEnd({.argv = {kCollector, "--check-config", "--config",
                                                 directory() + "/collector.example.yaml"}});
  EXPECT_EQ(collector.exit_code, 0) << collector.err;
  const Completed agent = RunToEnd(
      {.argv = {kAgent, "--check-config", "--config", directory() + "/agent.example.yaml"}});
  EXPECT_EQ(agent.exit_code, 0) << agent.err;
}

TEST_F(CaScript, KeepsKeysToTheirOwner) {
  ASSERT_EQ(Ca({"agent", directory(), "office-1"}).exit_code, 0);

  EXPECT_EQ(Mode("ca.key"), fs::perms{0600});
  EXPECT_EQ(Mode("office-1.pem"), fs::perms{0600});
  EXPECT_EQ(Mode("ca.pem"), fs::perms{0644});
}

TEST_F(CaScript, OverwritesNothing) {
  ASSERT_EQ(Ca({"agent", directory(), "office-1"}).exit_code, 0);
  const std::string before = support::ReadFile(directory() + "/office-1.pem");

  const Completed again = Ca({"agent", directory(), "office-1"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("office-1.pem is there already"));
  EXPECT_EQ(support::ReadFile(directory() + "/office-1.pem"), before);
  EXPECT_EQ(Ca({"init", directory(), "example"}).exit_code, 1);
}

TEST_F(CaScript, RefusesNamesThatWouldReachElsewhere) {
  for (const char* name : {"../office", "a b", "a,URI:x", "", "-x"}) {
    EXPECT_EQ(Ca({"agent", directory(), name}).exit_code, 1) << name;
    EXPECT_EQ(Ca({"collector", directory(), "good.example.com", name}).exit_code, 1) << name;
  }
}

TEST_F(CaScript, SaysWhereThereIsNoCa) {
  const Completed run = Ca({"agent", scratch_ / "nowhere", "office-1"});

  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("nowhere"), HasSubstr("init")));
}

// It listens on fixed ports, so only one of these runs at a time (RESOURCE_LOCK).
class Quickstart : public ::testing::Test {
 protected:
  support::Command Command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), kDeploy + "/quickstart.sh");
    return {.argv = std::move(arguments),
            .environment = {{"RELAYWATCH_BUILD_DIR", kBuild}, {"TMPDIR", scratch_.path()}}};
  }

  // What it put into its temporary directory and has not taken away.
  std::size_t LeftBehind() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(scratch_.path()), fs::directory_iterator()));
  }

  support::ScratchDirectory scratch_;
  std::uint16_t http_ = support::FreePort();
};

TEST_F(Quickstart, ShowsThreePlacesAndCleansUp) {
  support::Process quickstart(Command({"--seconds", "10", "--http", std::to_string(http_)}));
  ASSERT_TRUE(quickstart.WaitForOutput("Running for 10 s.", 100s))
      << quickstart.Out() << quickstart.Err();
  const std::string metrics = support::Http(http_, "/metrics").body;
  const auto mismatches = [&](const std::string& location) {
    return MetricSum(metrics, "relaywatch_auth_mismatches_total",
                     {"location=\"" + location + "\"", R"(profile="outlook")"});
  };

  EXPECT_GT(mismatches("office"), 0);
  EXPECT_EQ(mismatches("vpn"), 0);
  EXPECT_GT(mismatches("home-isp"), 0);
  EXPECT_EQ(quickstart.WaitForExit(60s), 0) << quickstart.Err();
  EXPECT_THAT(quickstart.Out(), AllOf(HasSubstr("auth_not_offered"), HasSubstr("auth_mismatch"),
                                      HasSubstr("relay_denied"), HasSubstr("/metrics")));
  EXPECT_EQ(LeftBehind(), 0u);
  EXPECT_EQ(support::Http(http_, "/metrics").status, 0);
  EXPECT_NE(RunToEnd({.argv = {"nft", "list", "table", "inet", "relaywatch_quickstart"}}).exit_code,
            0);
}

TEST_F(Quickstart, EndsWellAtCtrlC) {
  support::Process quickstart(Command({"--http", std::to_string(http_)}));
  ASSERT_TRUE(quickstart.WaitForOutput("Running until Ctrl-C.", 100s))
      << quickstart.Out() << quickstart.Err();

  quickstart.Signal(SIGINT);
  EXPECT_EQ(quickstart.WaitForExit(30s), 0) << quickstart.Err();
  EXPECT_EQ(LeftBehind(), 0u);
}

TEST_F(Quickstart, ProbesAUsersOwnServer) {
  // A host without a mail server is an answer, too.
  support::Process quickstart(
      Command({"--seconds", "1", "--target", "127.0.0.9", "--http", std::to_string(http_)}));

  EXPECT_EQ(quickstart.WaitForExit(120s), 0) << quickstart.Err();
  EXPECT_THAT(quickstart.Out(),
              AllOf(HasSubstr("here"), HasSubstr("connect_refused"), HasSubstr("target:587")));
}

TEST_F(Quickstart, SaysWhichPortIsInUse) {
  support::Process holder(
      {.argv = {"python3", "-m", "http.server", "--bind", "127.0.0.1", std::to_string(http_)}});
  ASSERT_TRUE(support::WaitForPort("127.0.0.1", http_));

  const Completed run = RunToEnd(Command({"--seconds", "1", "--http", std::to_string(http_)}));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr(std::to_string(http_) + " is in use"), HasSubstr("--http")));
}

TEST_F(Quickstart, RejectsWrongUsage) {
  EXPECT_EQ(RunToEnd(Command({"--seconds", "soon"})).exit_code, 2);
  EXPECT_EQ(RunToEnd(Command({"--target", "a b"})).exit_code, 2);
  EXPECT_EQ(RunToEnd(Command({"--unknown"})).exit_code, 2);
  EXPECT_EQ(RunToEnd(Command({"--help"})).exit_code, 0);
}

}  // namespace
}  // namespace relaywatch::e2e
