// The agent's spool with the real programs: killed agents, full disks on either side, and a day's
// backlog. Nothing that was committed is lost or stored twice, and what is lost is a recorded gap.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <csignal>
#include <filesystem>

#include "agent/spool/sqlite_spool.h"
#include "tests/e2e/deployment.h"
#include "tests/support/small_disk.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;

class SpoolE2eTest : public ::testing::Test {
 protected:
  SpoolE2eTest() {
    deployment_.scratch().Write(
        "mail.yaml", fmt::format("name: localhost\nidentity: collector.pem\nlisteners:\n"
                                 "  - {{address: 127.0.0.1, port: {}, security: starttls}}\n"
                                 "rules:\n  - {{client: 0.0.0.0/0, starttls: true, auth: "
                                 "{{plain: [], tls: [LOGIN]}}, relay: refused}}\n",
                                 mail_port_));
    mail_ = std::make_unique<support::Process>(
        support::Command{.argv = {kDemoMail, "--config", deployment_.scratch() / "mail.yaml"}});
    EXPECT_TRUE(support::WaitForPort("127.0.0.1", mail_port_, 20s)) << mail_->Err();
  }

  std::string Plan() const {
    return fmt::format(
        "endpoints:\n  - name: corp-mail\n    host: 127.0.0.1\n    interval: 5s\n    services:\n"
        "      - {{protocol: smtp, port: {}, security: starttls}}\n"
        "locations:\n  - {{name: office, match: {{declared: office}}}}\n",
        mail_port_);
  }
  bool StartCollector() { return deployment_.StartCollector(Plan()); }
  void StartAgent() { deployment_.StartAgent({.name = "office", .state_directory = "state"}); }
  support::Process& agent() { return deployment_.agent(agents_++); }

  std::string State() const { return deployment_.scratch() / "state"; }
  // Results in the spool's file.
  int Spooled() const {
    const auto asked =
        support::RunToEnd({.argv = {"sqlite3", "-readonly", State() + "/spool.sqlite",
                                    "SELECT count(*) FROM result"}});
    return asked.exit_code == 0 ? std::stoi(asked.out) : -1;
  }
  int Stored(const std::string& where = "1") const {
    return std::atoi(deployment_.Sql("SELECT count(*) FROM results WHERE " + where).c_str());
  }
  // Every number of every epoch is a result or in a gap, once.
  void ExpectWhole() const {
    EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM (SELECT DISTINCT epoch, seq FROM results)"),
              deployment_.Sql("SELECT count(*) FROM results"));
    EXPECT_EQ(deployment_.Sql("SELECT ifnull(sum(hwm), 0) FROM epoch"),
              deployment_.Sql("SELECT (SELECT count(*) FROM results) + (SELECT ifnull(sum(last_seq "
                              "- first_seq + 1), 0) FROM gaps)"));
  }

  Deployment deployment_;
  const std::uint16_t mail_port_ = support::FreePort();
  std::unique_ptr<support::Process> mail_;
  std::size_t agents_ = 0;
};

TEST_F(SpoolE2eTest, AKilledAgentLosesNothingThatWasCommitted) {
  ASSERT_TRUE(StartCollector()) << deployment_.collector().Err();
  StartAgent();
  support::Process& first = agent();
  ASSERT_TRUE(support::Eventually(30s, [&] { return Stored() >= 2; })) << first.Err();
  deployment_.collector().Signal(SIGKILL);
  deployment_.collector().WaitForExit(10s);
  ASSERT_TRUE(support::Eventually(40s, [&] { return Spooled() >= 3; })) << first.Err();
  first.Signal(SIGKILL);
  first.WaitForExit(10s);
  const int waiting = Spooled();
  const int stored = Stored();

  StartAgent();
  support::Process& second = agent();
  ASSERT_TRUE(StartCollector()) << deployment_.collector().Err();
  ASSERT_TRUE(support::Eventually(60s, [&] { return Stored() >= stored + waiting; }))
      << second.Err();
  ASSERT_TRUE(support::Eventually(60s, [&] {
    return deployment_.Sql("SELECT count(DISTINCT epoch) FROM results") == "2";
  })) << second.Err();
  second.Signal(SIGTERM);
  EXPECT_EQ(second.WaitForExit(10s), 0);
  EXPECT_EQ(Spooled(), 0);
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM gaps"), "0");
  ExpectWhole();
}

// Twenty checks a minute for a day.
TEST_F(SpoolE2eTest, ADayOfBacklogDrainsBehindWhatIsFresh) {
  constexpr int kBacklog = 28'800;
  {
    asio::io_context io;
    const SystemClock clock;
    auto spool = agent::SqliteSpool::Open(io, clock, State(), {.max_results = 100'000});
    ASSERT_TRUE(spool.ok()) << spool.status();
    v1::Path path;
    path.set_location("office");
    path.set_endpoint("corp-mail");
    path.set_host("127.0.0.1");
    path.set_protocol(v1::PROTOCOL_SMTP);
    path.set_security(v1::SECURITY_STARTTLS);
    path.set_port(mail_port_);
    path.set_address("127.0.0.1");
    v1::Facts facts;
    facts.set_protocol(v1::PROTOCOL_SMTP);
    facts.set_port(mail_port_);
    agent::SpooledResult result{std::make_shared<v1::Path>(path),
                                std::make_shared<std::string>(facts.SerializeAsString()),
                                {},
                                BootId()};
    const Instant now = clock.Now();
    for (int i = 0; i < kBacklog; ++i) {
      const std::int64_t ago = 60'000 + std::int64_t{kBacklog - i} * 3'000;
      result.result.set_wall_ms(now.wall_ms - ago);
      result.result.set_boot_ms(std::max<std::int64_t>(0, now.boot_ms - ago));
      (*spool)->Append(result, false);
      if (i % 1'000 == 999) (*spool)->Flush();
    }
  }
  EXPECT_EQ(Spooled(), kBacklog);
  ASSERT_TRUE(StartCollector()) << deployment_.collector().Err();
  StartAgent();
  support::Process& office = agent();
  ASSERT_TRUE(support::Eventually(100s, [&] { return Stored() > kBacklog; })) << office.Err();
  office.Signal(SIGTERM);
  EXPECT_EQ(office.WaitForExit(10s), 0);
  EXPECT_EQ(Stored("lane = 'backlog'"), kBacklog);
  const int live = Stored("lane = 'live'");
  EXPECT_GE(live, 1);
  EXPECT_EQ(MetricSum(deployment_.Metrics(), "relaywatch_ingest_results_total", {R"(lane="live")"}),
            live);
  EXPECT_EQ(MetricSum(deployment_.Metrics(), "relaywatch_probes_total", {R"(profile="outlook")"}),
            live);
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM gaps"), "0");
  ExpectWhole();
}

TEST_F(SpoolE2eTest, AFullDiskOfTheAgentIsSurvivedAndTold) {
  const support::SmallDisk disk(State());
  if (!disk.is_up()) GTEST_SKIP() << "mounting takes root";
  ASSERT_TRUE(StartCollector()) << deployment_.collector().Err();
  StartAgent();
  support::Process& office = agent();
  ASSERT_TRUE(support::Eventually(30s, [&] { return Stored() >= 1; })) << office.Err();
  disk.Fill();
  ASSERT_TRUE(support::Eventually(60s, [&] {
    return MetricSum(deployment_.Metrics(), "relaywatch_agent_spool_failed") == 1;
  })) << office.Err();
  const int before = Stored();
  ASSERT_TRUE(support::Eventually(30s, [&] { return Stored() > before; })) << office.Err();
  disk.Empty();
  ASSERT_TRUE(support::Eventually(90s, [&] {
    return MetricSum(deployment_.Metrics(), "relaywatch_agent_spool_failed") == 0;
  })) << office.Err();
  office.Signal(SIGTERM);
  EXPECT_EQ(office.WaitForExit(10s), 0);
  ExpectWhole();
}

TEST_F(SpoolE2eTest, AFullDiskOfTheCollectorIsWaitedOut) {
  const support::SmallDisk disk(deployment_.scratch() / "data");
  if (!disk.is_up()) GTEST_SKIP() << "mounting takes root";
  ASSERT_TRUE(StartCollector()) << deployment_.collector().Err();
  StartAgent();
  support::Process& office = agent();
  ASSERT_TRUE(support::Eventually(30s, [&] { return Stored() >= 1; })) << office.Err();
  disk.Fill();
  ASSERT_TRUE(support::Eventually(60s, [&] { return Spooled() >= 3; }))
      << deployment_.collector().Err();
  const int waiting = Spooled();
  const int before = Stored();
  disk.Empty();
  ASSERT_TRUE(support::Eventually(60s, [&] { return Stored() >= before + waiting; }))
      << deployment_.collector().Err();
  office.Signal(SIGTERM);
  EXPECT_EQ(office.WaitForExit(10s), 0);
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM gaps"), "0");
  ExpectWhole();
}

}  // namespace
}  // namespace relaywatch::e2e
