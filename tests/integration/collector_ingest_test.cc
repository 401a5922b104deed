// Agents over mutual TLS against a whole collector: what is acknowledged is stored once, and
// /metrics tells what SQL tells.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/unit/collector/collector_host.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

constexpr std::uint64_t kEpoch = 0xfeedfacecafebeef;  // does not fit a signed number

class CollectorIngest : public ::testing::Test {
 protected:
  // A connected agent; Welcome and Plan are read.
  std::unique_ptr<TestAgent> Connect(const std::string& name, std::uint64_t epoch = kEpoch) {
    auto agent = std::make_unique<TestAgent>(host_, host_.AgentCredential(name));
    agent->Send(HelloOf(epoch));
    const auto welcome = agent->Receive();
    EXPECT_TRUE(welcome && welcome->has_welcome());
    if (welcome) welcome_ = welcome->welcome();
    const auto plan = agent->Receive();
    EXPECT_TRUE(plan && plan->has_plan());
    if (plan) plan_ = plan->plan();
    return agent;
  }

  CollectorHost host_;
  v1::Welcome welcome_;
  v1::Plan plan_;
};

TEST_F(CollectorIngest, WelcomesAnAgentWithCreditAndPlan) {
  const auto agent = Connect("office");
  ASSERT_EQ(welcome_.epochs_size(), 1);
  EXPECT_EQ(welcome_.epochs(0).epoch(), kEpoch);
  EXPECT_EQ(welcome_.epochs(0).durable_seq(), 0u);
  EXPECT_GE(welcome_.credit(), 400u);
  EXPECT_GE(welcome_.reconnect_spread().seconds(), 5);
  EXPECT_EQ(welcome_.plan_revision(), plan_.revision());
  ASSERT_EQ(plan_.endpoints_size(), 1);
  EXPECT_EQ(plan_.endpoints(0).services_size(), 2);
}

TEST_F(CollectorIngest, StoresAcknowledgesAndShowsResults) {
  const auto agent = Connect("office");
  agent->Send(FirstBatch(kEpoch, 1, 30, PathTo(1, "office"), SubmissionFacts({})));
  EXPECT_EQ(agent->ReceiveAck(), 30u);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM results"), 30);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM (SELECT DISTINCT agent, epoch, seq FROM results)"), 30);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM results WHERE location = 'office' AND port = 587 "
                      "AND epoch = 'feedfacecafebeef' AND stage = 'rcpt' AND tls_us = 4750 "
                      "AND auth_us IS NULL AND total_us = 15382"),
            30);
  EXPECT_EQ(host_.Metric("relaywatch_ingest_results_total{lane=\"live\"}"), 30);
}

TEST_F(CollectorIngest, MetricsTellWhatSqlTells) {
  const auto agent = Connect("office");
  agent->Send(FirstBatch(kEpoch, 1, 7, PathTo(1, "office"), SubmissionFacts({})));
  EXPECT_EQ(agent->ReceiveAck(), 7u);
  agent->Send(FirstBatch(kEpoch, 8, 5, PathTo(1, "home"), SubmissionFacts({"LOGIN", "PLAIN"})));
  EXPECT_EQ(agent->ReceiveAck(), 12u);
  agent->Send(FirstBatch(kEpoch, 13, 3, PathTo(1, "home"), TimeoutFacts()));
  EXPECT_EQ(agent->ReceiveAck(), 15u);
  EXPECT_EQ(host_.Metric("relaywatch_ingest_results_total{lane=\"live\"}"), 15);
  for (const char* location : {"office", "home"}) {
    const std::string where =
        fmt::format("FROM judged WHERE location = '{}' AND profile = 'outlook'", location);
    const std::string labels = fmt::format(
        R"({{endpoint="corp-mail",location="{}",port="587",profile="outlook"}})", location);
    EXPECT_EQ(host_.Metric("relaywatch_auth_judged_total" + labels),
              host_.Sql("SELECT ifnull(sum(auth_judged), 0) " + where));
    EXPECT_EQ(host_.Metric("relaywatch_auth_mismatches_total" + labels),
              host_.Sql("SELECT count(*) " + where +
                        " AND verdict IN ('auth_mismatch', 'auth_not_offered')"));
  }
  EXPECT_EQ(host_.Metric(R"(relaywatch_probes_total{endpoint="corp-mail",location="home",)"
                         R"(port="587",profile="outlook",verdict="connect_timeout"})"),
            3);
  EXPECT_EQ(host_.Metric(R"(relaywatch_probe_stage_duration_seconds_count{endpoint="corp-mail",)"
                         R"(location="office",port="587",stage="tls"})"),
            7);
  EXPECT_EQ(host_.Metric(R"(relaywatch_relay_state{endpoint="corp-mail",identity="anonymous",)"
                         R"(location="office",port="587",state="refused"})"),
            1);
  EXPECT_EQ(host_.Metric(R"(relaywatch_relay_state{endpoint="corp-mail",identity="anonymous",)"
                         R"(location="home",port="587",state="blocked"})"),
            1);
}

TEST_F(CollectorIngest, KeepsBacklogAndMovedResultsOutOfLiveMetrics) {
  const auto agent = Connect("office");
  v1::AgentMessage moved =
      FirstBatch(kEpoch, 1, 2, PathTo(1, "office"), SubmissionFacts({"LOGIN"}));
  moved.mutable_batch()->mutable_results(0)->set_moved(true);
  agent->Send(moved);
  EXPECT_EQ(agent->ReceiveAck(), 2u);
  agent->Send(BatchOf(kEpoch, 3, 4, v1::LANE_BACKLOG));
  EXPECT_EQ(agent->ReceiveAck(), 6u);
  EXPECT_EQ(host_.Metric("relaywatch_ingest_results_total{lane=\"backlog\"}"), 4);
  EXPECT_EQ(host_.Metric(R"(relaywatch_probes_total{endpoint="corp-mail",location="office",)"
                         R"(port="587",profile="thunderbird",verdict="auth_not_offered"})"),
            std::nullopt);
  EXPECT_EQ(host_.Metric(R"(relaywatch_auth_judged_total{endpoint="corp-mail",location="office",)"
                         R"(port="587",profile="outlook"})"),
            1);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM results WHERE moved"), 1);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM results WHERE lane = 'backlog'"), 4);
}

TEST_F(CollectorIngest, CountersExistAtZeroBeforeTheFirstResult) {
  for (const char* family : {"auth_judged_total", "auth_mismatches_total"}) {
    for (const char* location : {"office", "home"}) {
      EXPECT_EQ(
          host_.Metric(fmt::format(R"(relaywatch_{}{{endpoint="corp-mail",location="{}",port="25",)"
                                   R"(profile="thunderbird"}})",
                                   family, location)),
          0);
    }
  }
  EXPECT_EQ(host_.Metric("relaywatch_ingest_rejected_total{reason=\"path\"}"), 0);
}

TEST_F(CollectorIngest, TakesTheTimeFromTheBootClockOfTheSameBoot) {
  const auto agent = Connect("office");  // its wall clock is far off, its Hello says boot 1,000,000
  v1::AgentMessage batch = FirstBatch(kEpoch, 1, 1, PathTo(1, "office"), SubmissionFacts({}));
  batch.mutable_batch()->mutable_results(0)->set_boot_ms(999'000);
  agent->Send(batch);
  EXPECT_EQ(agent->ReceiveAck(), 1u);
  const std::int64_t now_ms = SystemClock().Now().wall_ms;
  const std::int64_t stored_ms = host_.Sql("SELECT time_ms FROM results");
  EXPECT_LE(stored_ms, now_ms - 1000);
  EXPECT_GT(stored_ms, now_ms - 1000 - 10'000);
}

TEST_F(CollectorIngest, TakesTheWallTimeOfAnEarlierBoot) {
  const auto agent = Connect("office");
  v1::AgentMessage batch = FirstBatch(kEpoch, 1, 1, PathTo(1, "office"), SubmissionFacts({}));
  batch.mutable_batch()->set_boot_id(6);
  agent->Send(batch);
  EXPECT_EQ(agent->ReceiveAck(), 1u);
  EXPECT_EQ(host_.Sql("SELECT time_ms FROM results"), batch.batch().results(0).wall_ms());
}

TEST_F(CollectorIngest, AcknowledgesADuplicateAfterARestartWithoutStoringItTwice) {
  {
    const auto agent = Connect("office");
    agent->Send(FirstBatch(kEpoch, 1, 10, PathTo(1, "office"), SubmissionFacts({})));
    EXPECT_EQ(agent->ReceiveAck(), 10u);
  }
  host_.Restart();
  const auto agent = Connect("office");
  EXPECT_EQ(welcome_.epochs(0).durable_seq(), 10u);
  agent->Send(FirstBatch(kEpoch, 6, 10, PathTo(1, "office"), SubmissionFacts({})));
  EXPECT_EQ(agent->ReceiveAck(), 15u);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM results"), 15);
  EXPECT_EQ(host_.Metric("relaywatch_ingest_duplicates_total{lane=\"live\"}"), 5);
}

TEST_F(CollectorIngest, TwoAgentsMayUseTheSameEpochNumber) {
  const auto office = Connect("office");
  const auto home = Connect("home");
  office->Send(FirstBatch(kEpoch, 1, 2, PathTo(1, "office"), SubmissionFacts({})));
  EXPECT_EQ(office->ReceiveAck(), 2u);
  home->Send(FirstBatch(kEpoch, 1, 3, PathTo(1, "home"), SubmissionFacts({})));
  EXPECT_EQ(home->ReceiveAck(), 3u);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM results"), 5);
  EXPECT_EQ(host_.Sql("SELECT count(DISTINCT outcome) FROM results"), 1);
}

TEST_F(CollectorIngest, ANewerStreamReplacesTheOldOneOfTheAgent) {
  const auto old_stream = Connect("office");
  const auto new_stream = Connect("office");
  const grpc::Status ended = old_stream->Finish();
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_THAT(ended.error_message(), ::testing::HasSubstr("newer stream"));
  new_stream->Send(FirstBatch(kEpoch, 1, 1, PathTo(1, "office"), SubmissionFacts({})));
  EXPECT_EQ(new_stream->ReceiveAck(), 1u);
}

TEST_F(CollectorIngest, EndsAStreamInOrderWhenTheAgentHasNoMoreToSay) {
  const auto agent = Connect("office");
  agent->Send(FirstBatch(kEpoch, 1, 4, PathTo(1, "office"), SubmissionFacts({})));
  agent->HalfClose();
  EXPECT_EQ(agent->ReceiveAck(), 4u);
  EXPECT_TRUE(agent->Finish().ok());
}

TEST_F(CollectorIngest, DrainsAgentsWhenItStops) {
  const auto agent = Connect("office");
  std::thread stop([&] { host_.Stop(); });
  const auto drain = agent->Receive();
  ASSERT_TRUE(drain && drain->has_drain());
  EXPECT_GT(drain->drain().deadline().seconds(), 0);
  v1::AgentMessage drained;
  drained.mutable_drained();
  agent->Send(drained);
  agent->HalfClose();
  EXPECT_TRUE(agent->Finish().ok());
  stop.join();
}

}  // namespace
}  // namespace relaywatch::collector::testing
