// The collector's own doors: HTTP, the operators' socket, the health service, reload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "relaywatch/v1/query.grpc.pb.h"
#include "tests/support/network.h"
#include "tests/unit/collector/collector_host.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;

class CollectorServe : public ::testing::Test {
 protected:
  support::HttpReply Http(std::string_view target, std::string_view method = "GET") {
    return support::Http(static_cast<std::uint16_t>(host_.collector().http_port()), target, method);
  }

  CollectorHost host_;
};

TEST_F(CollectorServe, AnswersWhatItNamesAndNothingElse) {
  EXPECT_EQ(Http("/-/healthy").status, 200);
  EXPECT_EQ(Http("/-/ready").status, 200);
  EXPECT_THAT(Http("/").body, HasSubstr("/metrics"));
  EXPECT_THAT(Http("/metrics").body, HasSubstr("relaywatch_build_info{version="));
  EXPECT_EQ(Http("/metrics/x").status, 404);
  EXPECT_EQ(Http("/../../etc/passwd").status, 404);
  EXPECT_EQ(Http("/index.html").status, 404);
  EXPECT_EQ(Http("/-/reload").status, 405);
}

TEST_F(CollectorServe, ReloadTakesAGoodConfiguration) {
  host_.WriteConfig(CollectorHost::DefaultPlan() + "  - {name: far, match: {declared: far}}\n");
  // Behind the rule that always matches it is never reached: refused.
  EXPECT_EQ(Http("/-/reload", "POST").status, 400);
  std::string plan = CollectorHost::DefaultPlan();
  plan.replace(plan.find("name: office"), 12, "name: campus");
  host_.WriteConfig(plan);
  EXPECT_EQ(Http("/-/reload", "POST").status, 200);
  EXPECT_EQ(host_.Metric("relaywatch_config_last_reload_successful"), 1);
  EXPECT_EQ(host_.Metric(R"(relaywatch_auth_judged_total{endpoint="corp-mail",location="campus",)"
                         R"(port="25",profile="outlook"})"),
            0);
}

TEST_F(CollectorServe, ReloadKeepsTheOldConfigurationOnABadOneAndSaysWhy) {
  TestAgent agent(host_, host_.AgentCredential("office"));
  agent.Send(HelloOf(1));
  const std::uint64_t revision = agent.Receive()->welcome().plan_revision();
  host_.WriteConfig("endpoints: [{name: x}]\n");
  const support::HttpReply reply = Http("/-/reload", "POST");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("endpoints[0]: the key \"host\" is missing"));
  EXPECT_EQ(host_.Metric("relaywatch_config_last_reload_successful"), 0);
  TestAgent later(host_, host_.AgentCredential("home"));
  later.Send(HelloOf(1));
  EXPECT_EQ(later.Receive()->welcome().plan_revision(), revision);
}

TEST_F(CollectorServe, ReloadReachesAConnectedAgent) {
  TestAgent agent(host_, host_.AgentCredential("office"));
  agent.Send(HelloOf(1));
  agent.Receive();  // Welcome
  const std::uint64_t revision = agent.Receive()->plan().revision();
  std::string plan = CollectorHost::DefaultPlan();
  plan.replace(plan.find("mail.example.com"), 16, "smtp.example.org");
  host_.WriteConfig(plan);
  ASSERT_EQ(Http("/-/reload", "POST").status, 200);
  const auto pushed = agent.Receive();
  ASSERT_TRUE(pushed && pushed->has_plan());
  EXPECT_EQ(pushed->plan().revision(), revision + 1);
  EXPECT_EQ(pushed->plan().endpoints(0).host(), "smtp.example.org");
}

TEST_F(CollectorServe, TheOperatorsSocketIsPrivateAndTellsTheMatrix) {
  struct stat info {};
  ASSERT_EQ(stat(host_.admin_socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  TestAgent agent(host_, host_.AgentCredential("office"));
  agent.Send(HelloOf(1));
  agent.Send(FirstBatch(1, 1, 1, PathTo(1, "office"), SubmissionFacts({})));
  ASSERT_EQ(agent.ReceiveAck(), 1u);
  const auto channel =
      grpc::CreateChannel("unix:" + host_.admin_socket(), grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  v1::MatrixResponse matrix;
  ASSERT_TRUE(v1::Query::NewStub(channel)->Matrix(&context, {}, &matrix).ok());
  ASSERT_EQ(matrix.cells_size(), 2);
  EXPECT_EQ(matrix.cells(0).profile(), "outlook");
  EXPECT_EQ(matrix.cells(1).profile(), "thunderbird");
  EXPECT_EQ(matrix.cells(0).verdict(), v1::VERDICT_AUTH_NOT_OFFERED);
}

TEST_F(CollectorServe, AgentsCannotAskTheOperatorsQuestions) {
  TestAgent agent(host_, host_.AgentCredential("office"));
  grpc::ClientContext context;
  v1::MatrixResponse matrix;
  const grpc::Status status = v1::Query::NewStub(agent.channel())->Matrix(&context, {}, &matrix);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace relaywatch::collector::testing
