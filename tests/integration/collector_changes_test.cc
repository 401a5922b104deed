// Agents over mutual TLS see a rule change: the collector asks exactly them to look again, and what
// they then agree on is told on the operators' socket, once, and still after a restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/sqlite/sqlite.h"
#include "relaywatch/v1/admin.grpc.pb.h"
#include "relaywatch/v1/query.grpc.pb.h"
#include "tests/support/network.h"
#include "tests/unit/collector/collector_host.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Mechanisms = std::vector<std::string>;

class CollectorChanges : public ::testing::Test {
 protected:
  struct Member {
    std::unique_ptr<TestAgent> stream;
    std::uint64_t epoch = 0;
    std::uint64_t next = 1;
  };

  void Connect(const std::string& name, std::uint64_t epoch) {
    Member& member = members_[name];
    member = {std::make_unique<TestAgent>(host_, host_.AgentCredential(name)), epoch, member.next};
    member.stream->Send(HelloOf(epoch));
    ASSERT_TRUE(member.stream->Receive()->has_welcome());
    ASSERT_TRUE(member.stream->Receive()->has_plan());
  }

  // Sends so many results and waits for their Ack; the orders that came before it.
  std::vector<v1::ProbeNow> See(const std::string& name, int count, const Mechanisms& mechanisms) {
    Member& member = members_[name];
    member.stream->Send(FirstBatch(member.epoch, member.next, count, PathTo(1, "office"),
                                   SubmissionFacts(mechanisms)));
    member.next += static_cast<std::uint64_t>(count);
    std::vector<v1::ProbeNow> orders;
    for (auto message = member.stream->Receive(); message; message = member.stream->Receive()) {
      if (message->has_probe_now()) orders.push_back(message->probe_now());
      if (message->has_ack() && message->ack().durable_seq() + 1 == member.next) break;
    }
    return orders;
  }

  // LOGIN is taken away, and both agents see it.
  void TakeLoginAway() {
    Connect("one", 1);
    Connect("two", 2);
    See("one", 20, {"LOGIN", "PLAIN"});
    See("two", 20, {"LOGIN", "PLAIN"});
    See("one", 1, {"PLAIN"});
    See("two", 2, {"PLAIN"});
    See("one", 1, {"PLAIN"});
  }

  std::shared_ptr<grpc::Channel> Operator() {
    return grpc::CreateChannel("unix:" + host_.admin_socket(), grpc::InsecureChannelCredentials());
  }
  v1::ChangesResponse Changes() {
    grpc::ClientContext context;
    v1::ChangesResponse response;
    const grpc::Status status =
        v1::Query::NewStub(Operator())->Changes(&context, v1::ChangesRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status Accept(std::uint64_t id) {
    grpc::ClientContext context;
    v1::AcceptChangeRequest request;
    request.set_id(id);
    request.set_reason("as planned");
    v1::AcceptChangeResponse response;
    return v1::Admin::NewStub(Operator())->AcceptChange(&context, request, &response);
  }

  CollectorHost host_;
  std::map<std::string, Member> members_;
};

TEST_F(CollectorChanges, AsksTheAgentsAndTellsTheChange) {
  Connect("one", 1);
  Connect("two", 2);
  EXPECT_TRUE(See("one", 20, {"LOGIN", "PLAIN"}).empty());
  EXPECT_TRUE(See("two", 20, {"LOGIN", "PLAIN"}).empty());
  const auto orders = See("one", 1, {"PLAIN"});
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].endpoint(), "corp-mail");
  EXPECT_EQ(orders[0].location(), "office");
  EXPECT_EQ(See("two", 2, {"PLAIN"}).size(), 1u);  // was asked too, before it answered
  See("one", 1, {"PLAIN"});
  const v1::ChangesResponse changes = Changes();
  ASSERT_EQ(changes.changes_size(), 1);
  EXPECT_THAT(changes.changes(0).summary(), HasSubstr("LOGIN no longer offered"));
  EXPECT_THAT(changes.changes(0).agents(), ElementsAre("one", "two"));
  EXPECT_EQ(host_.Metric("relaywatch_policy_changes_total{endpoint=\"corp-mail\","
                         "kind=\"auth_offer\",location=\"office\",port=\"587\"}"),
            1);
  EXPECT_EQ(host_.Metric("relaywatch_policy_changes_total{endpoint=\"corp-mail\",kind=\"relay\","
                         "location=\"home\",port=\"25\"}"),
            0);
}

TEST_F(CollectorChanges, AreOnHttpAndInTheExplanationToo) {
  TakeLoginAway();
  const auto get = [&](const std::string& target) {
    return support::Http(static_cast<std::uint16_t>(host_.collector().http_port()),
                         "/api/v1/" + target);
  };
  const auto changes = get("changes?location=office&kind=auth_offer&agent=two&limit=5");
  ASSERT_EQ(changes.status, 200) << changes.body;
  const auto json = nlohmann::json::parse(changes.body);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["differences"][0], "auth_tls: LOGIN PLAIN -> PLAIN");
  EXPECT_EQ(json[0]["accepted"], nullptr);
  const auto explained = get("explain?location=office&endpoint=corp-mail&port=587");
  ASSERT_EQ(explained.status, 200) << explained.body;
  EXPECT_EQ(nlohmann::json::parse(explained.body)[0]["last_change"], json[0]);
  EXPECT_EQ(get("changes?location=nowhere").status, 400);
  EXPECT_EQ(get("changes?kind=weather").status, 400);
}

TEST_F(CollectorChanges, AreToldOnceAndOutliveARestart) {
  TakeLoginAway();
  members_["one"].stream.reset();
  members_["two"].stream.reset();
  host_.Restart();
  Connect("one", 1);
  Connect("two", 2);
  See("one", 5, {"PLAIN"});
  See("two", 5, {"PLAIN"});
  EXPECT_EQ(Changes().changes_size(), 1);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM rule_history WHERE track = 'served'"), 2);
  See("one", 2, {"LOGIN", "PLAIN"});
  See("two", 2, {"LOGIN", "PLAIN"});
  const v1::ChangesResponse changes = Changes();
  ASSERT_EQ(changes.changes_size(), 2);
  EXPECT_EQ(changes.changes(1).resolved_by(), changes.changes(0).id());
}

TEST_F(CollectorChanges, AreAcceptedOnceAndThatIsAudited) {
  TakeLoginAway();
  EXPECT_TRUE(Accept(1).ok());
  EXPECT_TRUE(Changes().changes(0).has_accepted());
  EXPECT_EQ(Accept(1).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Accept(2).error_code(), grpc::StatusCode::NOT_FOUND);
  auto audit = sqlite::Database::Open(host_.data_file("fleet.sqlite"));
  ASSERT_TRUE(audit.ok());
  EXPECT_EQ(audit
                ->Integer("SELECT count(*) FROM audit WHERE act = 'accept_change' AND object = '1' "
                          "AND detail = 'as planned'")
                .value(),
            1);
}

}  // namespace
}  // namespace relaywatch::collector::testing
