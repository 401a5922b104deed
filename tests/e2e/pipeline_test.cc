// The whole way: three agents at three places probe a real Postfix, the collector stores and
// judges, and SQL, /metrics and a real Prometheus all tell the same.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "tests/e2e/deployment.h"
#include "tests/e2e/mail_host.h"
#include "tests/e2e/prometheus.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

class PipelineTest : public MailHostTest {
 protected:
  void SetUp() override {
    MailHostTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_TRUE(deployment_.StartCollector(Plan())) << deployment_.collector().Err();
    deployment_.StartAgent({.name = "office", .source = kOffice, .mail_ca = mail_->ca_file()});
    deployment_.StartAgent({.name = "vpn", .source = kVpn, .mail_ca = mail_->ca_file()});
    deployment_.StartAgent({.name = "home-isp", .source = kHome, .mail_ca = mail_->ca_file()});
    ASSERT_TRUE(support::Eventually(60s, [&] { return PlacesSeen() == 9; }))
        << deployment_.Matrix().dump(1) << deployment_.collector().Err()
        << deployment_.agent(0).Err();
  }

  std::string Plan() const {
    const Postfix& postfix = mail_->postfix();
    return fmt::format(
        R"(
endpoints:
  - name: corp-mail
    host: 127.0.0.1
    services:
      - {{protocol: smtp, port: {}, security: starttls}}
      - {{protocol: smtp, port: {}, security: starttls}}
      - {{protocol: smtp, port: {}, security: tls}}
    interval: 5s
    relay_test: {{from: probe@example.com, own: probe@example.com, foreign: probe@example.net}}
    expect_relay: {{office: accepted, default: refused}}
locations:
  - {{name: office, match: {{declared: office}}}}
  - {{name: vpn, match: {{declared: vpn}}}}
  - {{name: home-isp, match: {{declared: home-isp}}}}
)",
        postfix.smtp_port(), postfix.submission_port(), postfix.smtps_port());
  }

  // Pairs of location and port in the matrix.
  std::size_t PlacesSeen() const {
    std::set<std::string> places;
    for (const auto& cell : deployment_.Matrix()) {
      places.insert(cell.at("location").get<std::string>() + cell.at("port").dump());
    }
    return places.size();
  }

  std::string Verdict(const std::string& location, std::uint16_t port, const std::string& profile) {
    for (const auto& cell : deployment_.Matrix()) {
      if (cell.at("location") == location && cell.at("port") == port &&
          cell.at("profile") == profile) {
        return cell.at("verdict");
      }
    }
    return "";
  }

  static double Of(const std::string& metrics, const std::string& metric,
                   const std::vector<std::string>& labels = {}) {
    return MetricSum(metrics, metric, labels).value_or(-1);
  }

  Deployment deployment_;
};

TEST_F(PipelineTest, ShowsThreePlacesWithDifferentVerdictsOnOneServer) {
  const Postfix& postfix = mail_->postfix();

  EXPECT_EQ(Verdict("office", postfix.submission_port(), "outlook"), "auth_not_offered");
  EXPECT_EQ(Verdict("office", postfix.submission_port(), "outlook-no-auth"), "ok");
  EXPECT_EQ(Verdict("vpn", postfix.submission_port(), "outlook"), "ok");
  EXPECT_EQ(Verdict("vpn", postfix.submission_port(), "outlook-no-auth"), "relay_denied");
  EXPECT_EQ(Verdict("vpn", postfix.smtps_port(), "outlook"), "auth_mismatch");
  EXPECT_EQ(Verdict("home-isp", postfix.smtp_port(), "outlook"), "client_blocked");
}

TEST_F(PipelineTest, StoresEveryResultOnce) {
  EXPECT_EQ(deployment_.StopAgents(), 0);

  const std::string stored = deployment_.Sql("SELECT count(*) FROM results");
  EXPECT_GE(std::stoi(stored), 9);
  EXPECT_EQ(
      deployment_.Sql("SELECT count(*) FROM (SELECT DISTINCT agent, epoch, seq FROM results)"),
      stored);
  // Sequence numbers have no hole, so what was sent is the sum of the highest.
  EXPECT_EQ(deployment_.Sql("SELECT sum(n) FROM (SELECT max(seq) AS n FROM results GROUP BY agent, "
                            "epoch)"),
            stored);
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM gaps"), "0");
  EXPECT_EQ(deployment_.Sql("SELECT count(DISTINCT agent) FROM results"), "3");
}

TEST_F(PipelineTest, ShowsPlaceOutcomeAndTimingsInTheView) {
  EXPECT_EQ(deployment_.Sql("SELECT count(*) FROM results WHERE location IN ('office', 'vpn') AND "
                            "(endpoint <> 'corp-mail' OR port IS NULL OR outcome IS NULL OR "
                            "connect_us < 1 OR tls_us < 1 OR rcpt_us < 1 OR total_us < tls_us)"),
            "0");
  EXPECT_EQ(deployment_.Sql("SELECT group_concat(location) FROM (SELECT DISTINCT location FROM "
                            "results ORDER BY 1)"),
            "home-isp,office,vpn");
}

TEST_F(PipelineTest, CountsInMetricsWhatStandsInTheDatabase) {
  EXPECT_EQ(deployment_.StopAgents(), 0);

  const std::string metrics = deployment_.Metrics();
  const auto rows = [&](const std::string& table_and_where) {
    return std::stod(deployment_.Sql("SELECT count(*) FROM " + table_and_where));
  };
  EXPECT_EQ(Of(metrics, "relaywatch_ingest_results_total"), rows("results"));
  EXPECT_EQ(Of(metrics, "relaywatch_store_results"), rows("results"));
  EXPECT_EQ(Of(metrics, "relaywatch_ingest_duplicates_total"), 0);
  EXPECT_EQ(Of(metrics, "relaywatch_probes_total"), rows("judged"));
  EXPECT_EQ(Of(metrics, "relaywatch_auth_judged_total"), rows("judged WHERE auth_judged"));
  EXPECT_EQ(Of(metrics, "relaywatch_probes_total", {R"(verdict="relay_denied")"}),
            rows("judged WHERE verdict = 'relay_denied'"));
  EXPECT_EQ(Of(metrics, "relaywatch_auth_mismatches_total"),
            rows("judged WHERE auth_judged AND verdict IN ('auth_mismatch', 'auth_not_offered')"));
}

TEST_F(PipelineTest, TellsTheMismatchOfTheOfficeAndNoneOfTheVpn) {
  const std::string metrics = deployment_.Metrics();
  const std::string port = fmt::format("port=\"{}\"", mail_->postfix().submission_port());

  EXPECT_GT(Of(metrics, "relaywatch_auth_mismatches_total",
               {R"(location="office")", R"(profile="outlook")", port}),
            0);
  EXPECT_EQ(Of(metrics, "relaywatch_auth_mismatches_total",
               {R"(location="vpn")", R"(profile="outlook")", port}),
            0);
  EXPECT_GT(Of(metrics, "relaywatch_auth_judged_total",
               {R"(location="vpn")", R"(profile="outlook")", port}),
            0);
  EXPECT_EQ(Of(metrics, "relaywatch_relay_state",
               {R"(location="office")", R"(identity="anonymous")", R"(state="accepted")", port}),
            1);
  EXPECT_EQ(Of(metrics, "relaywatch_relay_state",
               {R"(location="vpn")", R"(identity="anonymous")", R"(state="refused")", port}),
            1);
  EXPECT_EQ(Of(metrics, "relaywatch_agents", {R"(state="connected")"}), 3);
}

TEST_F(PipelineTest, AnswersPrometheus) {
  const Prometheus prometheus(deployment_.http_port());
  ASSERT_TRUE(prometheus.is_up()) << prometheus.Log();
  const std::string selector =
      fmt::format(R"({{profile="outlook",port="{}"}})", mail_->postfix().submission_port());
  const std::string ratio = "sum by (location) (relaywatch_auth_mismatches_total" + selector +
                            ") / sum by (location) (relaywatch_auth_judged_total" + selector + ")";
  std::map<std::string, double> by_location;

  ASSERT_TRUE(support::Eventually(20s, [&] {
    by_location = prometheus.Query(ratio, "location");
    return by_location.size() == 3;
  })) << deployment_.Metrics();
  EXPECT_EQ(by_location["office"], 1);
  EXPECT_EQ(by_location["vpn"], 0);
  EXPECT_EQ(by_location["home-isp"], 0);
}

TEST_F(PipelineTest, PrintsMetricsThatPromtoolFindsNothingWrongWith) {
  const std::string file = deployment_.scratch().Write("metrics", deployment_.Metrics());

  const support::Completed checked =
      support::RunToEnd({.argv = {"sh", "-c", "promtool check metrics <" + file}});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  EXPECT_THAT(checked.out + checked.err, IsEmpty());
}

TEST_F(PipelineTest, GoesOnAfterTheCollectorWasKilled) {
  deployment_.collector().Signal(SIGKILL);
  ASSERT_EQ(deployment_.collector().WaitForExit(10s), 137);
  const int before = std::stoi(deployment_.Sql("SELECT count(*) FROM results"));

  ASSERT_TRUE(deployment_.StartCollector(Plan())) << deployment_.collector().Err();
  EXPECT_TRUE(support::Eventually(60s, [&] {
    return std::stoi(deployment_.Sql("SELECT count(*) FROM results")) > before + 9;
  }));
  EXPECT_EQ(deployment_.StopAgents(), 0);
  EXPECT_EQ(deployment_.Sql("SELECT sum(n) = (SELECT count(*) FROM results) FROM (SELECT max(seq) "
                            "AS n FROM results GROUP BY agent, epoch)"),
            "1");
}

}  // namespace
}  // namespace relaywatch::e2e
