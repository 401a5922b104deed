// The restore drill: a collector dies, and an operator does word for word what docs/operating.md
// says, while enrolled agents go on probing.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/programs.h"
#include "tests/support/certificates.h"
#include "tests/support/network.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using support::Completed;
using support::Eventually;
using support::Process;
using ::testing::HasSubstr;

const std::vector<std::string> kPlaces = {"office", "vpn", "home"};

// Where an epoch's results and gaps, put in a row, leave a number out or have one twice.
constexpr const char* kNotOnce = R"(
WITH piece AS (SELECT agent, epoch, seq AS first, seq AS last FROM results
               UNION ALL SELECT agent, epoch, first_seq, last_seq FROM gaps)
SELECT agent, epoch, first, before FROM
  (SELECT *, lag(last, 1, 0) OVER (PARTITION BY agent, epoch ORDER BY first, last) AS before FROM piece)
WHERE first <> before + 1)";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// The commands of the documentation's `number`-th block below "## Backup and restore".
std::string Documented(int number) {
  const std::string text = support::ReadFile(kSource + "/docs/operating.md");
  std::size_t at = text.find("## Backup and restore");
  for (int i = 0; i <= number && at != std::string::npos; ++i) at = text.find("```sh\n", at + 1);
  if (at == std::string::npos) return "";
  at += 6;
  return text.substr(at, text.find("```", at) - at);
}

class RestoreDrill : public ::testing::Test {
 protected:
  void SetUp() override {
    const support::CertificateAuthority ca("Mail CA");
    scratch_.Write("mail.pem", ca.Issue({.names = {"localhost", "127.0.0.1"}}).IdentityPem());
    scratch_.Write("mail-ca.pem", ca.certificate_pem());
    scratch_.Write("mail.yaml",
                   fmt::format("name: localhost\nidentity: mail.pem\nlisteners:\n"
                               "  - {{address: 127.0.0.1, port: {}, security: starttls}}\n"
                               "rules:\n  - {{client: 0.0.0.0/0, starttls: true, auth: {{plain: "
                               "[], tls: [LOGIN]}}, relay: refused}}\n",
                               mail_port_));
    mail_ = std::make_unique<Process>(
        support::Command{.argv = {kDemoMail, "--config", scratch_ / "mail.yaml"}});
    ASSERT_TRUE(support::WaitForPort("127.0.0.1", mail_port_, 20s)) << mail_->Err();
    WriteCollector();
    StartCollector();
    if (!HasFatalFailure()) Enrol();
  }

  void WriteCollector() {
    scratch_.Write("collector.yaml",
                   fmt::format("listen: {{agents: 127.0.0.1:{}, enrollment: 127.0.0.1:{}, http: "
                               "127.0.0.1:{}, admin: admin.sock}}\n"
                               "deployment: drill\ndata_directory: data\n"
                               "endpoints:\n  - name: mail\n    host: 127.0.0.1\n    interval: 5s\n"
                               "    services: [{{protocol: smtp, port: {}, security: starttls}}]\n"
                               "locations:\n  - {{name: office, match: {{declared: office}}}}\n"
                               "  - {{name: vpn, match: {{declared: vpn}}}}\n"
                               "  - {{name: home, match: {{declared: home}}}}\n",
                               agents_port_, enrollment_port_, http_port_, mail_port_));
  }

  void StartCollector() {
    collector_ = std::make_unique<Process>(
        support::Command{.argv = {kCollector, "--config", scratch_ / "collector.yaml"}});
    ASSERT_TRUE(Eventually(30s, [&] {
      return support::Http(http_port_, "/-/ready").status == 200;
    })) << collector_->Err();
  }

  void Enrol() {
    const Completed token = Relaywatch({"token", "create", "--uses", "3"});
    ASSERT_EQ(token.exit_code, 0) << token.err;
    for (const std::string& place : kPlaces) {
      scratch_.Write(place + ".token", token.out);
      const std::string config = scratch_.Write(
          place + ".yaml",
          fmt::format(
              "collector: localhost:{}\nenrollment: {{address: localhost:{}, token_file: "
              "{}.token}}\nstate_directory: {}\nlocation: {}\n"
              "mail_ca: mail-ca.pem\npolicy: {{networks: [127.0.0.0/8], ports: [1024-65535]}}\n",
              agents_port_, enrollment_port_, place, place, place));
      agents_.push_back(
          std::make_unique<Process>(support::Command{.argv = {kAgent, "--config", config}}));
    }
  }

  Completed Relaywatch(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), kRelaywatch);
    arguments.insert(arguments.end(), {"--collector", "unix:" + (scratch_ / "admin.sock")});
    return support::RunToEnd({.argv = std::move(arguments)});
  }
  Completed CheckStore() const {
    return support::RunToEnd(
        {.argv = {kCollector, "--config", scratch_ / "collector.yaml", "--check-store"}});
  }
  static std::string Ask(const std::string& file, const std::string& query) {
    Completed asked =
        support::RunToEnd({.argv = {"sqlite3", "-readonly", "-separator", " ", file, query}});
    if (asked.exit_code != 0) return "sqlite3: " + asked.err;
    if (asked.out.ends_with('\n')) asked.out.pop_back();
    return asked.out;
  }
  std::string Sql(const std::string& query) const {
    return Ask(scratch_ / "data/relaywatch.db", query);
  }
  int Count(const std::string& query) const { return std::atoi(Sql(query).c_str()); }

  // The fewest results of a place that came in later than that.
  int Fewest(const std::string& since_ms) const {
    return Count(
        "SELECT CASE WHEN count(*) = 3 THEN min(n) ELSE 0 END FROM (SELECT count(*) AS n "
        "FROM results WHERE time_ms > " +
        since_ms + " GROUP BY location)");
  }
  std::string Newest() const { return Sql("SELECT max(time_ms) FROM results"); }
  // "EPOCH LAST" of each epoch in an agent's queue.
  std::string Sent(const std::string& place) const {
    return Ask(scratch_ / (place + "/spool.sqlite"),
               "SELECT printf('%016x', epoch), last FROM epoch WHERE last > 0");
  }
  int Held(const std::string& place) const {
    return std::atoi(
        Ask(scratch_ / (place + "/spool.sqlite"), "SELECT count(*) FROM result").c_str());
  }
  int FewestHeld() const {
    int fewest = 1'000;
    for (const std::string& place : kPlaces) fewest = std::min(fewest, Held(place));
    return fewest;
  }

  // Everything up to there is told of, as a result or as a gap.
  void ExpectTold(const std::string& sent) const {
    std::istringstream lines(sent);
    std::string epoch;
    for (int last = 0; lines >> epoch >> last;) {
      EXPECT_GE(
          Count("SELECT max(n) FROM (SELECT max(seq) AS n FROM results WHERE epoch = '" + epoch +
                "' UNION ALL SELECT max(last_seq) FROM gaps WHERE epoch = '" + epoch + "')"),
          last)
          << epoch;
    }
  }

  // By the shell, with the test's own places, user and service manager.
  Completed DoAsDocumented(int block) const {
    std::string script = Documented(block);
    script = Replaced(script, "/var/lib/relaywatch", scratch_ / "data");
    script = Replaced(script, "/backups", scratch_ / "backups");
    script = Replaced(
        script, "relaywatch backup",
        fmt::format("{} backup --collector unix:{}", kRelaywatch, scratch_ / "admin.sock"));
    script = Replaced(script, "-o relaywatch -g relaywatch", "");
    script = Replaced(script, "relaywatch:", "$(id -un):");
    return support::RunToEnd({.argv = {"bash", "-euc", "systemctl() { :; }\n" + script}});
  }

  support::ScratchDirectory scratch_;
  const std::uint16_t agents_port_ = support::FreePort();
  const std::uint16_t enrollment_port_ = support::FreePort();
  const std::uint16_t http_port_ = support::FreePort();
  const std::uint16_t mail_port_ = support::FreePort();
  std::unique_ptr<Process> mail_;
  std::unique_ptr<Process> collector_;
  std::vector<std::unique_ptr<Process>> agents_;
};

TEST_F(RestoreDrill, EveryResultIsThereOnceOrToldAsAGap) {
  // Rules are in force, so that a restored collector could find them changed.
  ASSERT_TRUE(Eventually(120s, [&] {
    return Count("SELECT count(*) FROM rule_history WHERE track = 'served'") == 3;
  })) << collector_->Err();

  const Completed backup = DoAsDocumented(0);
  ASSERT_EQ(backup.exit_code, 0) << backup.err;
  const std::string last_backed_up = Newest();
  // Acknowledged after the backup: the agents no longer hold these.
  ASSERT_TRUE(Eventually(60s, [&] { return Fewest(last_backed_up) >= 3; })) << collector_->Err();
  collector_->Signal(SIGKILL);
  ASSERT_EQ(collector_->WaitForExit(10s), 137);
  const std::string last_before = Newest();
  // Never acknowledged: these they hold.
  ASSERT_TRUE(Eventually(60s, [&] { return FewestHeld() >= 2; })) << agents_[0]->Err();
  std::vector<std::string> sent;
  for (const std::string& place : kPlaces) sent.push_back(Sent(place));

  const Completed restore = DoAsDocumented(1);
  ASSERT_EQ(restore.exit_code, 0) << restore.err;
  ASSERT_LE(Newest(), last_backed_up) << "the backup is not in its place";
  StartCollector();
  ASSERT_TRUE(Eventually(120s, [&] { return Fewest(last_before) >= 6; })) << agents_[0]->Err();
  const Completed beside = CheckStore();
  EXPECT_EQ(beside.exit_code, 0) << beside.err;

  for (const auto& agent : agents_) {
    agent->Signal(SIGTERM);
    EXPECT_EQ(agent->WaitForExit(20s), 0) << agent->Err();
  }
  EXPECT_EQ(collector_->Stop(), 0);
  for (const std::string& place : kPlaces) {
    EXPECT_EQ(Held(place), 0) << place;
    ExpectTold(Sent(place));
  }
  for (const std::string& each : sent) ExpectTold(each);
  EXPECT_EQ(Sql(kNotOnce), "");
  EXPECT_EQ(Sql("SELECT DISTINCT reason FROM gaps"), "damage");
  EXPECT_EQ(Count("SELECT count(DISTINCT agent) FROM gaps"), 3);
  // Only what had been acknowledged after the backup is gone.
  EXPECT_EQ(Sql("SELECT count(*) FROM results WHERE time_ms > " + last_backed_up +
                " AND time_ms <= " + last_before),
            "0");
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), "0");
  EXPECT_EQ(CheckStore().exit_code, 0);
  EXPECT_THAT(collector_->Err(), HasSubstr("were acknowledged by an earlier store"));
}

}  // namespace
}  // namespace relaywatch::e2e
