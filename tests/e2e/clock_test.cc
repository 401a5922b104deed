// A clock that is a day wrong, the agent's or the collector's: results keep the right time or the
// reason is told, nothing is lost, and once the clock is right changes are noticed as ever. Real
// programs under libfaketime, a real Postfix.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/e2e/deployment.h"
#include "tests/e2e/mail_host.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr double kDayS = 86'400;

class ClockTest : public MailHostTest {
 protected:
  // A program under a wall clock that is off by what the file says, such as "+1d".
  std::vector<std::string> UnderAClockThatIsOff(const std::string& by) const {
    const std::string file = deployment_.scratch().Write("clock", by);
    const std::vector<std::string> wrapper = {
        "env", "LD_PRELOAD=/usr/$LIB/faketime/libfaketimeMT.so.1", "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_TIMESTAMP_FILE=" + file};
    std::vector<std::string> date = wrapper;
    date.insert(date.end(), {"date", "+%s"});
    const std::int64_t told_s = std::stoll(support::RunToEnd({.argv = date}).out);
    EXPECT_GT(std::abs(told_s - NowMs() / 1000), 80'000) << "is libfaketime installed?";
    return wrapper;
  }
  void PutClockRight() const { deployment_.scratch().Write("clock", "+0"); }

  std::string Plan() const {
    return fmt::format(R"(
endpoints:
  - name: corp-mail
    host: 127.0.0.1
    services:
      - {{protocol: smtp, port: {}, security: starttls}}
    interval: 5s
    relay_test: {{from: probe@example.com, own: probe@example.com, foreign: probe@example.net}}
locations:
  - {{name: vpn, match: {{declared: vpn}}}}
)",
                       mail_->postfix().submission_port());
  }

  void StartAgent(const std::string& name, const std::vector<std::string>& wrapper = {}) {
    deployment_.StartAgent({.name = name,
                            .source = kVpn,
                            .mail_ca = mail_->ca_file(),
                            .location = "vpn",
                            .wrapper = wrapper});
  }

  // How many results have a time within the last minute.
  int FreshResults() const {
    return std::stoi(
        deployment_.Sql(fmt::format("SELECT count(*) FROM results WHERE time_ms BETWEEN {} AND {}",
                                    NowMs() - 60'000, NowMs() + 1'000)));
  }

  Deployment deployment_;
};

TEST_F(ClockTest, AnAgentsResultsHaveTheCollectorsTime) {
  ASSERT_TRUE(deployment_.StartCollector(Plan())) << deployment_.collector().Err();
  StartAgent("vpn-1", UnderAClockThatIsOff("+1d"));
  ASSERT_TRUE(support::Eventually(60s, [&] { return FreshResults() >= 2; }))
      << deployment_.agent(0).Err();
  EXPECT_EQ(FreshResults(), std::stoi(deployment_.Sql("SELECT count(*) FROM results")));
  const auto offset = MetricSum(deployment_.Metrics(), "relaywatch_agent_clock_offset_seconds");
  EXPECT_NEAR(offset.value_or(0), kDayS, 5);
}

TEST_F(ClockTest, AnAgentForWhichNoCertificateHasBegunSaysSo) {
  ASSERT_TRUE(deployment_.StartCollector(Plan())) << deployment_.collector().Err();
  StartAgent("vpn-1", UnderAClockThatIsOff("-30d"));
  EXPECT_TRUE(support::Eventually(30s, [&] {
    return deployment_.agent(0).Err().find("not valid before") != std::string::npos;
  })) << deployment_.agent(0).Err();
}

// By how much the collector's clock is wrong until it is put right.
class WrongCollectorTest : public ClockTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(WrongCollectorTest, SeesOnOnceItsClockIsRight) {
  ASSERT_TRUE(deployment_.StartCollector(Plan(), UnderAClockThatIsOff(GetParam())))
      << deployment_.collector().Err();
  StartAgent("vpn-1");
  StartAgent("vpn-2");
  ASSERT_TRUE(support::Eventually(60s, [&] {
    return deployment_.Sql("SELECT count(*) FROM rule_history WHERE track = 'served'") == "1";
  })) << deployment_.collector().Err();
  EXPECT_EQ(FreshResults(), 0);  // they are a day off
  PutClockRight();
  ASSERT_TRUE(support::Eventually(30s, [&] { return FreshResults() >= 4; }))
      << deployment_.Sql("SELECT time, seq FROM results ORDER BY time_ms DESC LIMIT 5")
      << deployment_.collector().Err() << deployment_.agent(0).Err();

  ASSERT_EQ(mail_->postfix().Change({"smtpd_sasl_mechanism_filter = plain, cram-md5"}), "");
  EXPECT_TRUE(support::Eventually(40s, [&] {
    return deployment_.Sql("SELECT count(*) FROM changes WHERE state = 'confirmed'") == "1";
  })) << deployment_.collector().Err();
  const json changes = json::parse(
      deployment_.Relaywatch({"changes", "--since", "5m", "--output", "json"}).out, nullptr, false);
  ASSERT_EQ(changes.size(), 1U) << changes;
  EXPECT_THAT(changes[0].at("summary").get<std::string>(), HasSubstr("LOGIN"));
  const support::Completed then =
      deployment_.Relaywatch({"matrix", "--at", "1s", "--output", "json"});
  const json cells = json::parse(then.out, nullptr, false);
  ASSERT_TRUE(cells.is_array() && !cells.empty()) << then.err;
  for (const json& cell : cells) EXPECT_NE(cell.at("verdict"), "unknown") << cell;
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM gaps"), "0");
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM (SELECT agent, epoch, count(*) AS n, max(seq) - "
                            "min(seq) + 1 AS span FROM results GROUP BY agent, epoch) WHERE n <> "
                            "span"),
            "0");
}

INSTANTIATE_TEST_SUITE_P(ADay, WrongCollectorTest, ::testing::Values("+1d", "-1d"),
                         [](const auto& param_info) {
                           return param_info.param[0] == '+' ? "Ahead" : "Behind";
                         });

}  // namespace
}  // namespace relaywatch::e2e
