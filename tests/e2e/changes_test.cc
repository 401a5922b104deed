// Rules of a real Postfix change, go back, and seem to change: what `relaywatch changes` tells of
// it, within two probe intervals, and that it tells nothing else. Two agents at each of three
// places.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <set>

#include "tests/e2e/deployment.h"
#include "tests/e2e/mail_host.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kIntervalMs = 10'000;
constexpr std::int64_t kBusyMs = 2'000;  // what other tests on the same machine may add

class ChangesTest : public MailHostTest {
 protected:
  void SetUp() override {
    MailHostTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    smtp_ = mail_->postfix().smtp_port();
    submission_ = mail_->postfix().submission_port();
    ASSERT_TRUE(deployment_.StartCollector(Plan())) << deployment_.collector().Err();
    const std::pair<std::string, std::string> places[] = {
        {"office", kOffice}, {"vpn", kVpn}, {"home-isp", kHome}};
    for (const auto& [place, source] : places) {
      for (const char* name : {"-1", "-2"}) {
        deployment_.StartAgent({.name = place + name,
                                .source = source,
                                .mail_ca = mail_->ca_file(),
                                .location = place});
      }
    }
    ASSERT_TRUE(support::Eventually(60s, [&] {
      return deployment_.Sql("SELECT count(*) FROM rule_history WHERE track = 'served'") == "6";
    })) << deployment_.collector().Err();
  }

  std::string Plan() const {
    return fmt::format(R"(
endpoints:
  - name: corp-mail
    host: 127.0.0.1
    services:
      - {{protocol: smtp, port: {}, security: starttls}}
      - {{protocol: smtp, port: {}, security: starttls}}
    interval: {}ms
    relay_test: {{from: probe@example.com, own: probe@example.com, foreign: probe@example.net}}
locations:
  - {{name: office, match: {{declared: office}}}}
  - {{name: vpn, match: {{declared: vpn}}}}
  - {{name: home-isp, match: {{declared: home-isp}}}}
)",
                       smtp_, submission_, kIntervalMs);
  }

  // A rule that was in force before the start is firm ground at once: half a minute of answers less
  // to wait for, and what was told must not be told again.
  void RestartCollector() {
    deployment_.collector().Signal(SIGKILL);
    ASSERT_EQ(deployment_.collector().WaitForExit(10s), 137);
    ASSERT_TRUE(deployment_.StartCollector(Plan())) << deployment_.collector().Err();
    const std::string since = deployment_.Sql("SELECT max(time_ms) FROM results");
    ASSERT_TRUE(support::Eventually(60s, [&] {
      return deployment_.Sql("SELECT count(DISTINCT agent) FROM results WHERE time_ms > " +
                             since) == "6";
    }));
  }

  json Changes(std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.begin(), "changes");
    arguments.insert(arguments.end(), {"--output", "json"});
    const support::Completed asked = deployment_.Relaywatch(std::move(arguments));
    EXPECT_EQ(asked.exit_code, 0) << asked.err;
    return json::parse(asked.out, nullptr, false);
  }

  // "office:smtp relay" for each that began after `since`.
  std::multiset<std::string> Told(std::int64_t since) const {
    std::multiset<std::string> told;
    for (const json& change : Changes({"--since", std::to_string(NowMs() - since) + "ms"})) {
      const std::string port = change.at("port") == smtp_ ? "smtp" : "submission";
      told.insert(fmt::format("{}:{} {}", change.at("location").get<std::string>(), port,
                              change.at("kinds").at(0).get<std::string>()));
    }
    return told;
  }

  // Waits until so much was told, and longer than anything else takes to be told.
  void ExpectTold(std::int64_t since, const std::multiset<std::string>& expected) {
    support::Eventually(40s, [&] { return Told(since).size() >= expected.size(); });
    EXPECT_EQ(Told(since), expected) << Changes({"--all"}).dump(1) << deployment_.collector().Err();
    EXPECT_EQ(deployment_.Sql(fmt::format("SELECT count(*) FROM changes WHERE since_ms >= {} AND "
                                          "decided_ms > {}",
                                          since, since + 2 * kIntervalMs + kBusyMs)),
              "0")
        << Changes().dump(1);
  }

  std::uint16_t smtp_ = 0;
  std::uint16_t submission_ = 0;
  Deployment deployment_;
};

TEST_F(ChangesTest, NamesWhatChangedAndWhereAndNothingElse) {
  RestartCollector();
  ASSERT_THAT(Changes({"--all"}), IsEmpty());

  // The office may relay no longer, and LOGIN is taken from everybody else.
  const std::int64_t flipped = NowMs();
  ASSERT_EQ(mail_->postfix().Change(
                {"mynetworks = 127.0.9.0/24", "smtpd_sasl_mechanism_filter = plain, cram-md5"}),
            "");
  const std::multiset<std::string> all = {"office:smtp relay", "office:submission relay",
                                          "vpn:smtp auth_offer", "vpn:submission auth_offer",
                                          "home-isp:submission auth_offer"};
  ExpectTold(flipped, all);
  for (const json& change : Changes({"--location", "home-isp"})) {
    EXPECT_THAT(change.at("summary"), HasSubstr("LOGIN"));
    EXPECT_EQ(change.at("scope"), "global");
    EXPECT_EQ(change.at("agents"), json::array({"home-isp-1", "home-isp-2"}));
    EXPECT_TRUE(change.at("open"));
  }
  for (const json& change : Changes({"--kind", "relay"})) {
    EXPECT_THAT(change.at("summary"), HasSubstr("foreign recipients now refused without login"));
  }
  EXPECT_EQ(MetricSum(deployment_.Metrics(), "relaywatch_policy_changes_total"), 5);

  // And back again: told as well, and what was told before is settled.
  RestartCollector();
  EXPECT_EQ(Changes().size(), 5u);
  const std::int64_t back = NowMs();
  ASSERT_EQ(mail_->postfix().Change({"mynetworks = 127.0.1.0/24",
                                     "smtpd_sasl_mechanism_filter = !external, static:rest"}),
            "");
  ExpectTold(back, all);
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM changes WHERE open"), "0");
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM changes WHERE resolved_by <> id"), "5");
}

TEST_F(ChangesTest, ARestartOfTheServerUnderLoadIsNoChange) {
  RestartCollector();
  support::Process load({.argv = {kRelaywatch, "probe", MailHost::At(smtp_), "--repeat", "5000",
                                  "--concurrency", "16"}});
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(mail_->postfix().Restart()) << mail_->postfix().Log();
    const std::string since = deployment_.Sql("SELECT max(id) FROM result");
    ASSERT_TRUE(support::Eventually(60s, [&] {
      return std::stoi(deployment_.Sql("SELECT count(*) FROM result WHERE id > " + since)) >= 24;
    }));
  }
  load.Stop();
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM changes WHERE state = 'confirmed'"), "0")
      << Changes({"--all"}).dump(1);
}

TEST_F(ChangesTest, AChangeThatIsAcceptedIsSettledAndInTheAudit) {
  RestartCollector();
  ASSERT_EQ(mail_->postfix().Change({"mynetworks = 127.0.9.0/24"}), "");
  ASSERT_TRUE(support::Eventually(60s, [&] { return Changes().size() == 2; }));
  const auto accept = [&](const std::string& id) {
    return deployment_.Relaywatch({"changes", "accept", id, "--reason", "no relaying any more"});
  };
  const support::Completed accepted = accept("1");
  EXPECT_EQ(accepted.exit_code, 0) << accepted.err;
  EXPECT_EQ(deployment_.Sql("SELECT accepted_ms > 0 AND NOT open FROM changes WHERE id = 1"), "1");
  EXPECT_THAT(accept("1").err, HasSubstr("change 1 is not open"));
  EXPECT_THAT(accept("99").err, HasSubstr("there is no change 99"));
  const support::Completed audit = support::RunToEnd(
      {.argv = {"sqlite3", "-readonly", deployment_.scratch() / "data/fleet.sqlite",
                "SELECT act, object, detail FROM audit WHERE act = 'accept_change'"}});
  EXPECT_EQ(audit.out, "accept_change|1|no relaying any more\n");
}

}  // namespace
}  // namespace relaywatch::e2e
