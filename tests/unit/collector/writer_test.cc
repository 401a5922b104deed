// The writer's promises: acknowledged means durable, trouble passes, a crash loses nothing that was
// acknowledged and stores nothing twice, a reload reaches everybody.
#include "collector/ingest/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "tests/unit/collector/ingest_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;

class WriterTest : public IngestFixture {
 protected:
  static v1::AgentMessage First(std::uint64_t first, int count,
                                const std::vector<std::string>& mechanisms = {"LOGIN"}) {
    return FirstBatch(1, first, count, PathTo(1, "office"), SubmissionFacts(mechanisms));
  }
  std::vector<MatrixEntry> Matrix() { return parts_->matrix.Entries(); }
  // What the outcome means to Outlook.
  static const judge::Judgement& Outlook(const JudgedOutcome& outcome) {
    const auto& all = outcome.profiles->all();
    const auto outlook = std::find_if(all.begin(), all.end(), [](const StoredProfile& stored) {
      return stored.profile.name == "outlook";
    });
    return outcome.judgements.at(static_cast<std::size_t>(outlook - all.begin()));
  }
};

TEST_F(WriterTest, AcknowledgesNothingBeforeTheCommit) {
  const auto office = Connect("office", HelloOf(1));
  parts_->disk.Fail(absl::ResourceExhaustedError("disk full"));
  Push(office, First(1, 10));
  parts_->disk.WaitForFailures(3);  // it keeps trying
  EXPECT_EQ(office->last_ack(), 0u);
  EXPECT_EQ(parts_->health.Trouble(), "starting");  // of this fixture: nobody says started
  EXPECT_THAT(Metrics(), HasSubstr("relaywatch_ingest_results_total{lane=\"live\"} 0"));
  parts_->disk.Fail(absl::OkStatus());
  office->WaitUntilSettled();
  EXPECT_EQ(office->last_ack(), 10u);
  EXPECT_EQ(Sql("SELECT count(*) FROM result"), 10);
}

TEST_F(WriterTest, TellsWhyItIsNotReadyAndRecoversByItself) {
  parts_->health.SetStarted();
  const auto office = Connect("office", HelloOf(1));
  EXPECT_EQ(parts_->health.Trouble(), "");
  parts_->disk.Fail(absl::ResourceExhaustedError("commit: database or disk is full"));
  Push(office, First(1, 1));
  parts_->disk.WaitForFailures(2);
  EXPECT_EQ(parts_->health.Trouble(), "store: commit: database or disk is full");
  parts_->disk.Fail(absl::OkStatus());
  office->WaitUntilSettled();
  EXPECT_EQ(parts_->health.Trouble(), "");
}

TEST_F(WriterTest, StopsInSpiteOfAStoreInTrouble) {
  const auto office = Connect("office", HelloOf(1));
  parts_->disk.Fail(absl::UnavailableError("I/O error"));
  Push(office, First(1, 10));
  parts_->disk.WaitForFailures(1);
  parts_->writer.Stop();
  EXPECT_EQ(office->last_ack(), 0u);
}

TEST_F(WriterTest, FinishesWhatHasArrivedWhenItStops) {
  const auto office = Connect("office", HelloOf(1));
  Push(office, First(1, 10));
  Push(office, BatchOf(1, 11, 10));
  parts_->writer.Stop();
  EXPECT_EQ(office->last_ack(), 20u);
}

// Killed after the commit and before the Ack: the agent sends again, the store has it already.
TEST_F(WriterTest, ACrashBetweenCommitAndAckStoresNothingTwice) {
  Connect("office", HelloOf(1));
  auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 10));
  Crash();
  StartWriter();
  office = Connect("office", HelloOf(1));
  EXPECT_EQ(office->sent().front().welcome().epochs(0).durable_seq(), 10u);
  Say(office, First(1, 10));
  Say(office, BatchOf(1, 11, 1));
  EXPECT_EQ(office->last_ack(), 11u);
  EXPECT_EQ(Sql("SELECT count(*) FROM result"), 11);
  EXPECT_EQ(Sql("SELECT count(*) FROM outcome"), 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM series"), 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM agent"), 1);
}

TEST_F(WriterTest, ACrashBeforeTheCommitLeavesNothing) {
  auto office = Connect("office", HelloOf(1));
  parts_->disk.Fail(absl::UnavailableError("no"));
  Push(office, First(1, 10));
  parts_->disk.WaitForFailures(1);
  Crash();
  StartWriter();
  EXPECT_EQ(Sql("SELECT count(*) FROM result"), 0);
  EXPECT_EQ(Sql("SELECT count(*) FROM series"), 0);
  office = Connect("office", HelloOf(1));
  Say(office, First(1, 10));
  EXPECT_EQ(office->last_ack(), 10u);
}

TEST_F(WriterTest, TheMatrixShowsTheNewestResultAndSurvivesACrash) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, {"LOGIN"}));
  Say(office, First(2, 1, {}));  // AUTH is gone
  for (int life = 0; life < 2; ++life) {
    const auto matrix = Matrix();
    ASSERT_EQ(matrix.size(), 1u) << "life " << life;
    EXPECT_EQ(matrix[0].series->key.location, "office");
    EXPECT_EQ(matrix[0].series->key.port, 587u);
    EXPECT_EQ(Outlook(*matrix[0].outcome).verdict, v1::VERDICT_AUTH_NOT_OFFERED);
    EXPECT_EQ(Outlook(*matrix[0].outcome).stage, v1::STAGE_AUTH);
    EXPECT_GT(matrix[0].time_ms, 0);
    Crash();
    StartWriter();
  }
}

TEST_F(WriterTest, TheMatrixAfterACleanStopComesFromWhatWasRemembered) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 3));
  parts_->writer.Stop();
  EXPECT_EQ(Sql("SELECT count(*) FROM latest"), 1);
  EXPECT_EQ(Sql("SELECT value FROM meta WHERE key = 'latest_upto'"), 3);
  Crash();
  StartWriter();
  EXPECT_EQ(Matrix().size(), 1u);
}

TEST_F(WriterTest, ThePlanKeepsItsRevisionUntilItsContentChanges) {
  const auto revision = [&] {
    return Connect("office", HelloOf(1))->sent().front().welcome().plan_revision();
  };
  EXPECT_EQ(revision(), 1u);
  Crash();
  StartWriter();
  EXPECT_EQ(revision(), 1u);
  Crash();
  plan_.mutable_endpoints(0)->set_host("other.example.com");
  StartWriter();
  EXPECT_EQ(revision(), 2u);
}

TEST_F(WriterTest, AReloadPushesThePlanToConnectedAgents) {
  const auto office = Connect("office", HelloOf(1));
  plan_.add_locations()->set_name("vpn");
  ASSERT_TRUE(parts_->writer.Reload(plan_, {}).ok());
  const v1::CollectorMessage last = office->sent().back();
  ASSERT_TRUE(last.has_plan());
  EXPECT_EQ(last.plan().revision(), 2u);
  EXPECT_EQ(last.plan().locations_size(), 3);
  EXPECT_THAT(Metrics(), HasSubstr("location=\"vpn\""));  // its counters exist at 0
}

TEST_F(WriterTest, StretchesIntervalsAsTheFleetGrows) {
  plan_.mutable_endpoints(0)->mutable_interval()->set_seconds(60);
  plan_.mutable_endpoints(0)->clear_services();
  plan_.mutable_endpoints(0)->add_services()->set_port(587);
  const FleetLimits limits = {
      {plan_.endpoints(0).name(), {.connections_per_minute = 2, .logins_per_hour = 6}}};
  ASSERT_TRUE(parts_->writer.Reload(plan_, {}, limits).ok());
  v1::AgentMessage status;
  status.mutable_status()->set_location("office");
  std::vector<std::shared_ptr<FakeLink>> agents;
  for (int i = 0; i < 4; ++i) {
    agents.push_back(Connect("agent-" + std::to_string(i), HelloOf(i + 1)));
    Say(agents.back(), status);
  }
  const v1::CollectorMessage last = agents[0]->sent().back();
  ASSERT_TRUE(last.has_plan());
  EXPECT_EQ(last.plan().endpoints(0).interval().seconds(), 120);
  EXPECT_EQ(last.plan().endpoints(0).login_interval().seconds(), 2'400);
  EXPECT_GT(last.plan().revision(), 2u);
  EXPECT_EQ(agents[3]->sent().back().plan().revision(), last.plan().revision());
}

TEST_F(WriterTest, AChangedProfileJudgesWhatIsStoredAnew) {
  const auto office = Connect("office", HelloOf(1));
  Say(office, First(1, 1, {"CRAM-MD5"}));
  judge::ClientProfile scanner;
  scanner.name = "scanner";
  scanner.mechanisms = {"LOGIN"};
  plan_.mutable_endpoints(0)->add_profiles("scanner");
  ASSERT_TRUE(parts_->writer.Reload(plan_, {scanner}).ok());
  const std::string judged = "SELECT count(*) FROM judged WHERE profile = 'scanner' AND verdict = ";
  EXPECT_EQ(Sql(judged + "'auth_mismatch'"), 1);
  scanner.mechanisms = {"CRAM-MD5"};
  ASSERT_TRUE(parts_->writer.Reload(plan_, {scanner}).ok());
  EXPECT_EQ(Sql(judged + "'auth_mismatch'"), 0);
  EXPECT_EQ(Sql("SELECT count(*) FROM judged WHERE profile = 'scanner'"), 1);
  Say(office, BatchOf(1, 2, 1));  // the stream goes on with its dictionary
  EXPECT_EQ(office->last_ack(), 2u);
  EXPECT_THAT(Metrics(), HasSubstr(R"(relaywatch_auth_judged_total{endpoint="corp-mail",)"
                                   R"(location="office",port="587",profile="scanner"} 1)"));
}

// Two agents that stream what they see of one port.
class WriterChangesTest : public WriterTest {
 protected:
  std::shared_ptr<FakeLink> Join(const std::string& name, std::uint64_t epoch) {
    next_[epoch] = 1;
    return Connect(name, HelloOf(epoch));
  }
  void See(const std::shared_ptr<FakeLink>& link, std::uint64_t epoch, int count,
           const std::vector<std::string>& mechanisms) {
    Say(link,
        FirstBatch(epoch, next_[epoch], count, PathTo(1, "office"), SubmissionFacts(mechanisms)));
    next_[epoch] += static_cast<std::uint64_t>(count);
  }
  static int OrdersOf(const FakeLink& link) {
    int orders = 0;
    for (const auto& message : link.sent()) orders += message.has_probe_now() ? 1 : 0;
    return orders;
  }

  std::map<std::uint64_t, std::uint64_t> next_;
};

TEST_F(WriterChangesTest, ARuleThatChangesIsAskedAboutConfirmedAndStored) {
  const auto one = Join("one", 1);
  const auto two = Join("two", 2);
  const auto elsewhere = Join("elsewhere", 3);
  See(one, 1, 20, {"LOGIN", "PLAIN"});
  See(two, 2, 20, {"LOGIN", "PLAIN"});
  See(one, 1, 1, {"PLAIN"});
  EXPECT_EQ(OrdersOf(*one), 1);
  EXPECT_EQ(OrdersOf(*two), 1);
  EXPECT_EQ(OrdersOf(*elsewhere), 0);
  const v1::ProbeNow order = two->sent().back().probe_now();
  EXPECT_EQ(order.endpoint(), "corp-mail");
  EXPECT_EQ(order.location(), "office");
  EXPECT_EQ(order.port(), 587u);
  See(two, 2, 2, {"PLAIN"});
  See(one, 1, 1, {"PLAIN"});
  EXPECT_EQ(Sql("SELECT count(*) FROM changes WHERE state = 'confirmed' AND kinds = 'auth_offer' "
                "AND location = 'office' AND port = 587"),
            1);
  EXPECT_THAT(Metrics(), HasSubstr("relaywatch_policy_changes_total{endpoint=\"corp-mail\","
                                   "kind=\"auth_offer\",location=\"office\",port=\"587\"} 1"));
  EXPECT_TRUE(parts_->writer.AcceptChange(1).ok());
  EXPECT_EQ(Sql("SELECT count(*) FROM changes WHERE accepted_ms > 0"), 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(parts_->writer.AcceptChange(1)));
}

TEST_F(WriterChangesTest, AClockThatIsPutBackHidesNothing) {
  constexpr std::int64_t kDayMs = 86'400'000;
  const auto one = Join("one", 1);
  const auto two = Join("two", 2);
  See(one, 1, 20, {"LOGIN", "PLAIN"});
  See(two, 2, 20, {"LOGIN", "PLAIN"});
  clock_.PutForward(-kDayMs);
  See(one, 1, 2, {"PLAIN"});
  EXPECT_LE(Matrix().at(0).since_ms, clock_.now.wall_ms);
  See(two, 2, 2, {"PLAIN"});
  EXPECT_EQ(Sql("SELECT count(*) FROM changes WHERE state = 'confirmed'"), 1);
  See(one, 1, 2, {"PLAIN"});
  EXPECT_EQ(Sql("SELECT count(*) FROM changes"), 1);
}

// What is stored is decided; what was not stored comes again and is decided then.
TEST_F(WriterChangesTest, ACrashBeforeTheCommitLosesNoChangeAndTellsNoneTwice) {
  auto one = Join("one", 1);
  auto two = Join("two", 2);
  See(one, 1, 20, {"LOGIN", "PLAIN"});
  See(two, 2, 20, {"LOGIN", "PLAIN"});
  parts_->disk.Fail(absl::UnavailableError("no"));
  Push(one, FirstBatch(1, 21, 2, PathTo(1, "office"), SubmissionFacts({"PLAIN"})));
  Push(two, FirstBatch(2, 21, 2, PathTo(1, "office"), SubmissionFacts({"PLAIN"})));
  parts_->disk.WaitForFailures(1);
  Crash();
  StartWriter();
  EXPECT_EQ(Sql("SELECT count(*) FROM change"), 0);
  one = Join("one", 1);
  two = Join("two", 2);
  next_ = {{1, 21}, {2, 21}};
  for (int i = 0; i < 2; ++i) {
    See(one, 1, 2, {"PLAIN"});
    See(two, 2, 2, {"PLAIN"});
    EXPECT_EQ(Sql("SELECT count(*) FROM change"), 1);
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM rule_history WHERE valid_to IS NULL AND track = 'served'"),
            1);
}

TEST_F(WriterTest, RemembersAgentsOverARestart) {
  HangUp(Connect("office", HelloOf(1)));
  Crash();
  StartWriter();
  const auto agents = parts_->fleet.Snapshot();
  ASSERT_EQ(agents.size(), 1u);
  EXPECT_EQ(agents[0].name, "office");
  EXPECT_FALSE(agents[0].connected);
  EXPECT_EQ(agents[0].last_seen_ms, clock_.now.wall_ms);
}

}  // namespace
}  // namespace relaywatch::collector::testing
