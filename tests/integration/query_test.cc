// Questions to a whole collector: over its socket by gRPC, and by the real `relaywatch`, while
// agents stream.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "relaywatch/v1/query.grpc.pb.h"
#include "tests/support/network.h"
#include "tests/support/process.h"
#include "tests/unit/collector/collector_host.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint64_t kEpoch = 77;

class QueryTest : public ::testing::Test {
 protected:
  QueryTest()
      : channel_(grpc::CreateChannel("unix:" + host_.admin_socket(),
                                     grpc::InsecureChannelCredentials())),
        stub_(v1::Query::NewStub(channel_)) {}

  struct Sender {
    std::unique_ptr<TestAgent> agent;
    std::uint64_t next = 1;
  };

  Sender Connect(const std::string& name) {
    Sender sender{std::make_unique<TestAgent>(host_, host_.AgentCredential(name)), 1};
    sender.agent->Send(HelloOf(kEpoch));
    EXPECT_TRUE(sender.agent->Receive());  // Welcome
    EXPECT_TRUE(sender.agent->Receive());  // Plan
    return sender;
  }

  // One result a minute, the last one a minute ago; returns when all are in the store.
  void Send(Sender& sender, const std::string& location, const v1::Facts& facts, int count,
            int last_minutes_ago = 1) {
    v1::AgentMessage message = FirstBatch(kEpoch, sender.next, count, PathTo(1, location), facts);
    v1::Batch& batch = *message.mutable_batch();
    batch.set_boot_id(0);  // the times are taken as they are
    for (int i = 0; i < count; ++i) {
      const std::int64_t minutes = last_minutes_ago + count - 1 - i;
      batch.mutable_results(i)->set_wall_ms(now_ms_ - minutes * 60'000);
    }
    sender.agent->Send(message);
    sender.next += static_cast<std::uint64_t>(count);
    ASSERT_EQ(sender.agent->ReceiveAck(), sender.next - 1);
  }

  void SendStory() {
    office_ = Connect("office-1");
    Send(office_, "office", SubmissionFacts({"PLAIN", "LOGIN"}), 20, 11);
    Send(office_, "office", SubmissionFacts({"CRAM-MD5"}), 10);
    home_ = Connect("home-1");
    Send(home_, "home", SubmissionFacts({"PLAIN", "LOGIN"}), 30);
  }

  support::Completed Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), RELAYWATCH_COMMAND);
    arguments.insert(arguments.end(), {"--collector", "unix:" + host_.admin_socket()});
    return support::RunToEnd({.argv = std::move(arguments)});
  }
  nlohmann::json Json(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--output", "json"});
    const support::Completed run = Run(std::move(arguments));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return nlohmann::json::parse(run.out, nullptr, false);
  }

  CollectorHost host_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Query::Stub> stub_;
  const std::int64_t now_ms_ = SystemClock().Now().wall_ms;
  Sender office_;
  Sender home_;
};

TEST_F(QueryTest, MatrixTellsNowAndThen) {
  SendStory();
  const auto now = Json({"matrix", "--location", "office", "--profile", "outlook"});
  ASSERT_EQ(now.size(), 1U);
  EXPECT_EQ(now[0]["verdict"], "auth_mismatch");
  const auto then = Json({"matrix", "--location", "office", "--profile", "outlook", "--at", "15m"});
  ASSERT_EQ(then.size(), 1U);
  EXPECT_EQ(then[0]["verdict"], "ok");
  const auto long_ago = Json({"matrix", "--at", "1d"});
  ASSERT_EQ(long_ago.size(), 4U);
  for (const auto& cell : long_ago) EXPECT_EQ(cell["verdict"], nullptr) << cell;
  const support::Completed text = Run({"matrix", "--at", "1d"});
  EXPECT_THAT(text.out, HasSubstr("not probed"));
  EXPECT_THAT(Run({"matrix", "--output", "csv"}).out, HasSubstr("since,since_or_before\n"));
}

TEST_F(QueryTest, HistoryTellsBucketsInEveryForm) {
  SendStory();
  const auto rows = Json({"history", "--location", "office", "--since", "1h", "--step", "5m"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["level"], "raw");
  std::uint64_t results = 0;
  std::uint64_t mismatches = 0;
  for (const auto& bucket : rows[0]["buckets"]) {
    results += bucket["results"].get<std::uint64_t>();
    mismatches += bucket["auth_mismatches"].get<std::uint64_t>();
  }
  EXPECT_EQ(results, 30U);
  EXPECT_EQ(mismatches, 10U);
  const support::Completed text = Run({"history", "--location", "office", "--since", "1h"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("from the raw results"));
  EXPECT_THAT(text.out, HasSubstr("office corp-mail:587 outlook"));
  EXPECT_THAT(text.out, HasSubstr("auth_mismatch"));
  EXPECT_THAT(Run({"history", "--since", "1h", "--output", "csv"}).out,
              StartsWith("location,endpoint,host,port,protocol,profile,start,step_s,level,"));
  EXPECT_THAT(Run({"history", "--since", "1h", "--output", "ndjson"}).out, StartsWith("{"));
  EXPECT_EQ(Run({"history", "--since", "3650d"}).exit_code, 0);
}

TEST_F(QueryTest, CompareStatesTheCauseInEveryForm) {
  SendStory();
  const auto services = Json({"compare", "--location", "office", "--location", "home"});
  ASSERT_EQ(services.size(), 1U);
  EXPECT_EQ(services[0]["cause"], "server_policy");
  EXPECT_EQ(services[0]["sides"][1]["only_here"]["tls"][0], "AUTH PLAIN LOGIN");
  const support::Completed text =
      Run({"compare", "--location", "office", "--location", "home", "--port", "587"});
  EXPECT_THAT(text.out, HasSubstr("The server's policy: "));
  EXPECT_THAT(text.out, HasSubstr("auth_mismatch"));
  EXPECT_THAT(Run({"compare", "--location", "office", "--location", "home", "--output", "csv"}).out,
              HasSubstr("outlook,office,auth_mismatch,home,ok,server_policy"));
  EXPECT_EQ(Run({"compare", "--location", "office"}).exit_code, 2);
}

TEST_F(QueryTest, ExplainTellsEvidenceAdviceAndTheOthers) {
  SendStory();
  const std::vector<std::string> question{"explain",   "--location", "office", "--endpoint",
                                          "corp-mail", "--port",     "587"};
  const auto answer = Json(question);
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_EQ(answer[0]["agent"], "office-1");
  EXPECT_EQ(answer[0]["judgements"][0]["verdict"], "auth_mismatch");
  EXPECT_EQ(answer[0]["judgements"][0]["since"], FormatRfc3339(now_ms_ - 10 * 60'000));
  EXPECT_EQ(answer[0]["auth"]["tls"][0], "CRAM-MD5");
  EXPECT_EQ(answer[0]["comparison"]["cause"], "server_policy");
  const std::string text = Run(question).out;
  EXPECT_THAT(text, HasSubstr("corp-mail:587 (mail.example.com) from office: 1 of 2 client "
                              "profiles can send"));
  EXPECT_THAT(text, HasSubstr("What to do"));
  EXPECT_THAT(text, HasSubstr("outlook: auth_mismatch since "));
  EXPECT_THAT(text, HasSubstr("home (home-1, "));
  EXPECT_EQ(Run({"explain", "--location", "office"}).exit_code, 2);
}

TEST_F(QueryTest, ExportTellsEveryResultOnceInEveryForm) {
  SendStory();
  const support::Completed lines = Run({"export"});
  EXPECT_EQ(lines.exit_code, 0) << lines.err;
  EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), 60);
  const auto first = nlohmann::json::parse(lines.out.substr(0, lines.out.find('\n')));
  EXPECT_EQ(first["agent"], "office-1");
  EXPECT_EQ(first["epoch"], "000000000000004d");
  EXPECT_EQ(first["seq"], 1);
  EXPECT_EQ(first["timings_ms"]["tls"], 4.75);
  EXPECT_EQ(Json({"export", "--agent", "home-1", "--profile", "outlook"}).size(), 30U);
  EXPECT_EQ(Json({"export", "--until", "2d"}).size(), 0U);
  const support::Completed csv = Run({"export", "--profile", "outlook", "--output", "csv"});
  EXPECT_THAT(csv.out, HasSubstr(",quit_us,verdict_outlook\n"));
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 61);
}

TEST_F(QueryTest, AnExportThatNobodyReadsAnyMoreEndsQuietly) {
  office_ = Connect("office-1");
  for (int i = 0; i < 20; ++i) Send(office_, "office", SubmissionFacts({"PLAIN"}), 400);
  const support::Completed run = support::RunToEnd(
      {{"bash", "-c",
        fmt::format("{} export --collector unix:{} | head -1 | wc -l; echo ${{PIPESTATUS[0]}}",
                    RELAYWATCH_COMMAND, host_.admin_socket())}});
  EXPECT_EQ(run.out, "1\n0\n") << run.err;
  EXPECT_EQ(run.err, "");
}

TEST_F(QueryTest, HttpAnswersTheSameJson) {
  SendStory();
  const auto get = [&](const std::string& target, std::string_view method = "GET") {
    return support::Http(static_cast<std::uint16_t>(host_.collector().http_port()),
                         "/api/v1/" + target, method);
  };
  const auto matrix = get("matrix?location=office&profile=outlook");
  ASSERT_EQ(matrix.status, 200) << matrix.body;
  EXPECT_EQ(nlohmann::json::parse(matrix.body),
            Json({"matrix", "--location", "office", "--profile", "outlook"}));
  const auto explained = get("explain?location=office&endpoint=corp%2Dmail&port=587");
  EXPECT_EQ(nlohmann::json::parse(explained.body),
            Json({"explain", "--location", "office", "--endpoint", "corp-mail", "--port", "587"}));
  const auto compared = get("compare?location=office&location=home");
  EXPECT_EQ(nlohmann::json::parse(compared.body)[0]["cause"], "server_policy");
  const auto history = get("history?location=home&step=30m");
  EXPECT_EQ(nlohmann::json::parse(history.body)[0]["step_s"], 1800);
  const auto then =
      get("matrix?at=" + FormatRfc3339(now_ms_ - 15 * 60'000) + "&location=office&profile=outlook");
  EXPECT_EQ(nlohmann::json::parse(then.body)[0]["verdict"], "ok");
  EXPECT_THAT(get("matrix?limit=1").head, HasSubstr("Next-Page-Token: "));

  EXPECT_EQ(get("matrix", "POST").status, 405);
  EXPECT_EQ(get("secrets").status, 404);
  for (const char* bad :
       {"matrix?location=nowhere", "matrix?colour=red", "matrix?at=yesterday", "matrix?port=x",
        "history?since=2026-11-22T00:00:00Z&"
        "until=2026-11-21T00:00:00Z",
        "explain", "compare?location=office"}) {
    const auto reply = get(bad);
    EXPECT_EQ(reply.status, 400) << bad << reply.body;
    EXPECT_NE(nlohmann::json::parse(reply.body)["error"], "") << bad;
  }
}

TEST_F(QueryTest, BadQuestionsAreToldWithWhatThereIs) {
  SendStory();
  const support::Completed location = Run({"matrix", "--location", "offce"});
  EXPECT_EQ(location.exit_code, 2);
  EXPECT_EQ(location.out, "");
  EXPECT_THAT(location.err, HasSubstr("location \"offce\" is not known; there are: home, office"));
  for (const std::vector<std::string>& question : std::vector<std::vector<std::string>>{
           {"history", "--endpoint", "x"},
           {"history", "--since", "1h", "--until", "2h"},
           {"history", "--since", "yesterday"},
           {"history", "--step", "0s"},
           {"history", "--since", "2999-01-01T00:00:00Z"},
           {"matrix", "--at", "2999-01-01T00:00:00Z"},
           {"changes", "--since", "1h", "--until", "2h"},
           {"changes", "--location", "nowhere"},
           {"changes", "--agent", "nobody"},
           {"export", "--profile", "pine"},
           {"export", "--agent", "nobody"},
           {"export", "--since", "1h", "--until", "2h"},
           {"compare", "--location", "a", "--location", "office"},
           {"explain", "--location", "home", "--endpoint", "corp-mail", "--port", "25"}}) {
    const support::Completed run = Run(question);
    EXPECT_EQ(run.exit_code, 2) << question[0] << question[1] << run.err;
    EXPECT_EQ(run.out, "") << question[0];
    EXPECT_NE(run.err, "") << question[0];
  }
}

TEST_F(QueryTest, PagesAreToldByTheirTokens) {
  SendStory();
  v1::MatrixRequest request;
  request.mutable_page()->set_limit(3);
  v1::MatrixResponse first;
  grpc::ClientContext one;
  ASSERT_TRUE(stub_->Matrix(&one, request, &first).ok());
  EXPECT_EQ(first.cells_size(), 3);
  request.mutable_page()->set_token(first.next_page_token());
  v1::MatrixResponse second;
  grpc::ClientContext two;
  ASSERT_TRUE(stub_->Matrix(&two, request, &second).ok());
  EXPECT_EQ(second.cells_size(), 1);
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(QueryTest, ADeadlineThatHasPassedIsKept) {
  SendStory();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() - 1s);
  v1::HistoryResponse response;
  EXPECT_EQ(stub_->History(&context, {}, &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
}

// Who asks for everything and reads nothing hurts nobody: results are acknowledged, the log is
// folded, others are answered.
TEST_F(QueryTest, ASlowReaderHoldsNothingUp) {
  office_ = Connect("office-1");
  for (int i = 0; i < 40; ++i) Send(office_, "office", SubmissionFacts({"PLAIN"}), 400);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ExportBatch>>> readers;
  v1::ExportBatch batch;
  for (int i = 0; i < 4; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(stub_->Export(contexts.back().get(), {}));
    ASSERT_TRUE(readers.back()->Read(&batch));
  }
  home_ = Connect("home-1");
  for (int i = 0; i < 40; ++i) Send(home_, "home", SubmissionFacts({"PLAIN"}), 400);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM results"), 32'000);
  EXPECT_LT(std::filesystem::file_size(host_.data_file("relaywatch.db-wal")), 16U << 20U);
  EXPECT_EQ(Run({"matrix"}).exit_code, 0);
  // Whoever goes away leaves a place.
  for (auto& context : contexts) context->TryCancel();
  for (auto& reader : readers) {
    while (reader->Read(&batch)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(support::Eventually(10s, [&] {
    grpc::ClientContext context;
    const auto reader = stub_->Export(&context, {});
    const bool is_let_in = reader->Read(&batch);
    context.TryCancel();
    reader->Finish();
    return is_let_in;
  }));
}

TEST_F(QueryTest, TheCollectorStopsWhileAnExportWaits) {
  office_ = Connect("office-1");
  for (int i = 0; i < 20; ++i) Send(office_, "office", SubmissionFacts({"PLAIN"}), 400);
  grpc::ClientContext context;
  const auto reader = stub_->Export(&context, {});
  v1::ExportBatch batch;
  ASSERT_TRUE(reader->Read(&batch));
  office_.agent.reset();
  const auto begun = std::chrono::steady_clock::now();
  host_.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 8s);
  while (reader->Read(&batch)) {
  }
  reader->Finish();
}

}  // namespace
}  // namespace relaywatch::collector::testing
