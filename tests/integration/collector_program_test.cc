// relaywatch-collector as operators meet it: flags, exit codes, clear words, signals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "collector/store/sqlite_store.h"
#include "tests/support/certificates.h"
#include "tests/support/network.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector::testing {
namespace {

using namespace std::chrono_literals;
using support::Completed;
using support::Process;
using ::testing::HasSubstr;

class CollectorProgram : public ::testing::Test {
 protected:
  CollectorProgram() {
    const support::CertificateAuthority ca("program test");
    scratch_.Write("ca.pem", ca.certificate_pem());
    scratch_.Write("collector.pem", ca.Issue({.names = {"localhost"}}).IdentityPem());
    Configure("");
  }

  void Configure(const std::string& more, const std::string& http = "127.0.0.1:0") {
    scratch_.Write("collector.yaml", "listen: {agents: 127.0.0.1:0, http: \"" + http +
                                         "\", admin: admin.sock}\n"
                                         "identity: collector.pem\nca: ca.pem\n"
                                         "deployment: example\ndata_directory: data\n" +
                                         more);
  }
  support::Command With(const std::vector<std::string>& flags) const {
    std::vector<std::string> argv{RELAYWATCH_COLLECTOR};
    argv.insert(argv.end(), flags.begin(), flags.end());
    return {argv};
  }
  support::Command Daemon() const { return With({"--config", scratch_ / "collector.yaml"}); }

  static std::string Metrics(const Process& collector) {
    const std::string log = collector.Err();
    const std::size_t at = log.find("http on 127.0.0.1:") + 18;
    return support::Http(static_cast<std::uint16_t>(std::stoi(log.substr(at))), "/metrics").body;
  }

  support::ScratchDirectory scratch_;
};

TEST_F(CollectorProgram, ToldWrongItExitsWithTwo) {
  EXPECT_EQ(RunToEnd(With({"--colour"})).exit_code, 2);
  EXPECT_EQ(RunToEnd(With({"--config"})).exit_code, 2);
}

TEST_F(CollectorProgram, TellsItsVersion) {
  const Completed run = RunToEnd(With({"--version"}));
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("relaywatch-collector "));
}

TEST_F(CollectorProgram, ChecksTheConfiguration) {
  const Completed good =
      RunToEnd(With({"--config", scratch_ / "collector.yaml", "--check-config"}));
  EXPECT_EQ(good.exit_code, 0) << good.err;
  Configure("endpoint: []\n");
  const Completed bad = RunToEnd(With({"--config", scratch_ / "collector.yaml", "--check-config"}));
  EXPECT_EQ(bad.exit_code, 78);
  EXPECT_THAT(bad.err, HasSubstr("collector.yaml:6: endpoint: unknown key"));
  EXPECT_EQ(bad.out, "");
}

TEST_F(CollectorProgram, AnIdentityThatCannotBeReadIsBadConfiguration) {
  std::filesystem::remove(scratch_ / "collector.pem");
  const Completed run = RunToEnd(Daemon());
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("collector.pem"));
}

TEST_F(CollectorProgram, AnAgentsCertificateIsNoCollectors) {
  const support::CertificateAuthority ca("program test");
  scratch_.Write("ca.pem", ca.certificate_pem());
  scratch_.Write("collector.pem",
                 ca.Issue(support::AgentCertificate("example", "office")).IdentityPem());
  const Completed run = RunToEnd(Daemon());
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("collector.pem: the certificate of "
                                 "spiffe://example/agent/office is not one for a server"));
}

TEST_F(CollectorProgram, APortInUseIsToldWithAddressAndReason) {
  Process first(Daemon());
  ASSERT_TRUE(first.WaitForOutput("http on 127.0.0.1:", 20s)) << first.Err();
  const std::string log = first.Err();
  const std::size_t at = log.find("http on ") + 8;
  const std::string http = log.substr(at, log.find(',', at) - at);
  Configure("", http);
  scratch_.Write("second.yaml", support::ReadFile(scratch_ / "collector.yaml"));
  std::string second = support::ReadFile(scratch_ / "second.yaml");
  second.replace(second.find("data_directory: data"), 20, "data_directory: two");
  second.replace(second.find("admin.sock"), 10, "two.sock");
  scratch_.Write("second.yaml", second);
  const Completed run = RunToEnd(With({"--config", scratch_ / "second.yaml"}));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("listen on " + http + ": Address already in use"));
  EXPECT_EQ(first.Stop(), 0);
}

TEST_F(CollectorProgram, ADataDirectoryThatCannotBeMadeIsToldWithItsName) {
  scratch_.Write("data", "a file is in the way");
  const Completed run = RunToEnd(Daemon());
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr(scratch_ / "data"));
}

TEST_F(CollectorProgram, ADamagedStoreIsToldAndSetAside) {
  scratch_.Write("data/relaywatch.db", std::string(10'000, 'x'));
  const Completed check =
      RunToEnd(With({"--config", scratch_ / "collector.yaml", "--check-store"}));
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_THAT(check.err, HasSubstr("not a database"));
  Process collector(Daemon());
  ASSERT_TRUE(collector.WaitForOutput("collector: agents on", 20s)) << collector.Err();
  EXPECT_THAT(collector.Err(), HasSubstr("relaywatch.db.damaged-"));
  EXPECT_THAT(collector.Err(), HasSubstr("not a database"));
  EXPECT_EQ(collector.Stop(), 0);
  EXPECT_EQ(RunToEnd(With({"--config", scratch_ / "collector.yaml", "--check-store"})).exit_code,
            0);
}

TEST_F(CollectorProgram, ADamagedStoreIsShownUntilItsFileIsMovedAway) {
  scratch_.Write("data/relaywatch.db", std::string(10'000, 'x'));
  {
    Process collector(Daemon());
    ASSERT_TRUE(collector.WaitForOutput("collector: agents on", 20s)) << collector.Err();
    EXPECT_THAT(collector.Err(), HasSubstr(" critical store: "));
    EXPECT_THAT(Metrics(collector), HasSubstr("\nrelaywatch_store_damaged 1\n"));
    EXPECT_EQ(collector.Stop(), 0);
  }
  {
    Process again(Daemon());
    ASSERT_TRUE(again.WaitForOutput("collector: agents on", 20s)) << again.Err();
    EXPECT_THAT(Metrics(again), HasSubstr("\nrelaywatch_store_damaged 1\n"));
    EXPECT_EQ(again.Stop(), 0);
  }
  for (const auto& entry : std::filesystem::directory_iterator(scratch_ / "data")) {
    if (entry.path().string().find(".damaged-") == std::string::npos) continue;
    std::filesystem::rename(entry.path(), scratch_ / "aside");
  }
  Process last(Daemon());
  ASSERT_TRUE(last.WaitForOutput("collector: agents on", 20s)) << last.Err();
  EXPECT_THAT(Metrics(last), HasSubstr("\nrelaywatch_store_damaged 0\n"));
  EXPECT_EQ(last.Stop(), 0);
}

TEST_F(CollectorProgram, ChecksAStoreBesideARunningCollectorAndFindsADamagedPage) {
  const support::Command check = With({"--config", scratch_ / "collector.yaml", "--check-store"});
  const Completed nothing = RunToEnd(check);
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.err, HasSubstr(scratch_ / "data/relaywatch.db"));
  {
    Process collector(Daemon());
    ASSERT_TRUE(collector.WaitForOutput("collector: agents on", 20s)) << collector.Err();
    const Completed beside = RunToEnd(check);
    EXPECT_EQ(beside.exit_code, 0) << beside.err;
    EXPECT_THAT(beside.out, HasSubstr(": ok"));
    EXPECT_EQ(collector.Stop(), 0);
  }
  // The last page of a small store is an index's or a table's root.
  const std::string file = scratch_ / "data/relaywatch.db";
  const auto bytes = std::filesystem::file_size(file);
  std::fstream page(file, std::ios::in | std::ios::out | std::ios::binary);
  page.seekp(static_cast<std::streamoff>(bytes - 8'192));
  page << std::string(8'192, '\xff') << std::flush;
  const Completed damaged = RunToEnd(check);
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_THAT(damaged.err, HasSubstr(file + ": "));
  EXPECT_EQ(damaged.out, "");
  EXPECT_EQ(std::filesystem::file_size(file), bytes);  // looked at, not touched
}

TEST_F(CollectorProgram, AStoreOfANewerVersionIsToldAndNotTouched) {
  std::filesystem::create_directory(scratch_ / "data");
  const std::string file = scratch_ / "data/relaywatch.db";
  ASSERT_TRUE(sqlite::Database::Open(file)->Execute("PRAGMA user_version = 99").ok());
  const Completed run = RunToEnd(Daemon());
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr(file + ": "));
  EXPECT_THAT(run.err, HasSubstr("schema version 99"));
  EXPECT_EQ(*sqlite::Database::OpenReadOnly(file)->Integer("PRAGMA user_version"), 99);
}

TEST_F(CollectorProgram, HangUpReloadsAndTermEnds) {
  Process collector(Daemon());
  ASSERT_TRUE(collector.WaitForOutput("collector: agents on", 20s)) << collector.Err();
  Configure("surprise: 1\n");
  collector.Signal(SIGHUP);
  EXPECT_TRUE(collector.WaitForOutput("not reloaded, the old one stays in force", 10s));
  Configure("");
  collector.Signal(SIGHUP);
  EXPECT_TRUE(collector.WaitForOutput("config: reloaded", 10s));
  collector.Signal(SIGTERM);
  EXPECT_EQ(collector.WaitForExit(10s), 0);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "admin.sock"));
}

TEST_F(CollectorProgram, StartsAgainOverTheSocketOfAKilledOne) {
  {
    Process killed(Daemon());
    ASSERT_TRUE(killed.WaitForOutput("collector: agents on", 20s)) << killed.Err();
    killed.Signal(SIGKILL);
    EXPECT_EQ(killed.WaitForExit(10s), 128 + SIGKILL);
  }
  ASSERT_TRUE(std::filesystem::exists(scratch_ / "admin.sock"));
  Process next(Daemon());
  EXPECT_TRUE(next.WaitForOutput("collector: agents on", 20s)) << next.Err();
  EXPECT_EQ(next.Stop(), 0);
}

}  // namespace
}  // namespace relaywatch::collector::testing
