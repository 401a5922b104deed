// What operators do to the store by the real `relaywatch` while agents stream: judging again,
// backups, and the answers to targets that are no good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "collector/store/open_store.h"
#include "common/sqlite/sqlite.h"
#include "tests/support/process.h"
#include "tests/support/small_disk.h"
#include "tests/unit/collector/collector_host.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

using support::Completed;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::uint64_t kEpoch = 77;

class StoreCommandsTest : public ::testing::Test {
 protected:
  // Results that outlook cannot use: the server offers nothing but CRAM-MD5.
  void Send(int count = 3) {
    agent_ = std::make_unique<TestAgent>(host_, host_.AgentCredential("office-1"));
    agent_->Send(HelloOf(kEpoch));
    agent_->Send(FirstBatch(kEpoch, 1, count, PathTo(1, "office"), SubmissionFacts({"CRAM-MD5"})));
    ASSERT_EQ(agent_->ReceiveAck(), static_cast<std::uint64_t>(count));
  }

  Completed Run(std::vector<std::string> arguments, const std::string& directory = "") const {
    arguments.insert(arguments.begin(), RELAYWATCH_COMMAND);
    arguments.insert(arguments.end(), {"--collector", "unix:" + host_.admin_socket()});
    return support::RunToEnd({.argv = std::move(arguments), .directory = directory});
  }
  void ExpectRefused(const std::string& target, const std::string& reason) const {
    const Completed run = Run({"backup", target});
    EXPECT_EQ(run.exit_code, 1) << target;
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_THAT(run.err,
                AllOf(StartsWith("relaywatch backup: "), HasSubstr(target), HasSubstr(reason)));
    EXPECT_FALSE(std::filesystem::exists(target + ".part"));
  }
  std::int64_t Audited(const std::string& act) const {
    return *sqlite::Database::OpenReadOnly(host_.data_file("fleet.sqlite"))
                ->Integer("SELECT count(*) FROM audit WHERE act = '" + act + "'");
  }

  CollectorHost host_;
  support::ScratchDirectory scratch_;
  std::unique_ptr<TestAgent> agent_;
};

TEST_F(StoreCommandsTest, JudgingAgainFindsNothingWhereNothingChanged) {
  Send();
  const Completed run = Run({"rejudge"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(StartsWith("1 outcomes judged in "), HasSubstr(", 0 judgements added"),
                             HasSubstr("no verdict changed")));
  EXPECT_EQ(Audited("rejudge"), 1);
}

TEST_F(StoreCommandsTest, JudgingAgainTellsWhatChangesAndKeepsWhatWas) {
  Send();
  agent_.reset();
  host_.Stop();
  // As an older judge left it.
  ASSERT_TRUE(sqlite::Database::Open(host_.database_file())
                  ->Execute("UPDATE judgement SET verdict = (SELECT max(verdict) FROM judgement) "
                            "- 1 WHERE profile = (SELECT id FROM profile WHERE name = 'outlook')")
                  .ok());
  host_.Restart();
  const Completed run = Run({"rejudge", "--output", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto report = nlohmann::json::parse(run.out).at(0);
  EXPECT_EQ(report["outcomes"], 1);
  ASSERT_EQ(report["changes"].size(), 1U) << run.out;
  EXPECT_EQ(report["changes"][0]["profile"], "outlook");
  EXPECT_EQ(report["changes"][0]["to"], "auth_mismatch");
  EXPECT_EQ(report["changes"][0]["outcomes"], 1);
  EXPECT_EQ(host_.Sql("SELECT count(*) FROM judgements_then WHERE profile = 'outlook'"), 2);
  const Completed csv = Run({"rejudge", "--output", "csv"});
  EXPECT_THAT(csv.out, StartsWith("profile,from,to,outcomes"));
}

TEST_F(StoreCommandsTest, ABackupIsADataDirectoryToStartFrom) {
  Send();
  // By its name from where the operator stands: the collector stands elsewhere.
  const Completed run = Run({"backup", "today", "--output", "json"}, scratch_.path());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto report = nlohmann::json::parse(run.out).at(0);
  EXPECT_EQ(report["directory"], scratch_ / "today");
  EXPECT_GT(report["bytes"], 8'192);
  EXPECT_EQ(Audited("backup"), 1);
  auto restored = OpenStore(scratch_ / "today", {}, 0);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ((*restored)->Stats().results, 3);
}

TEST_F(StoreCommandsTest, ABackupToAPlaceThatIsNoGoodIsRefusedByName) {
  Send();
  ExpectRefused(scratch_.Write("precious", "text"), "is there already");
  EXPECT_EQ(support::ReadFile(scratch_ / "precious"), "text");
  std::filesystem::create_directory(scratch_ / "empty");
  ExpectRefused(scratch_ / "empty", "is there already");
  ExpectRefused(scratch_ / "no/such/place", "No such file or directory");
  ExpectRefused(scratch_ / "precious/below", "Not a directory");
  ExpectRefused("/proc/relaywatch", "No such file or directory");
  EXPECT_EQ(Run({"backup"}).exit_code, 2);
  EXPECT_EQ(Run({"backup", "/"}).exit_code, 2);
  EXPECT_EQ(Run({"backup", ""}).exit_code, 2);
  EXPECT_EQ(Audited("backup"), 0);
}

TEST_F(StoreCommandsTest, ABackupToADiskThatCannotHoldItLeavesNothing) {
  const support::SmallDisk disk(scratch_ / "disk");
  if (!disk.is_up()) GTEST_SKIP() << "mounting takes root";
  Send();
  disk.Fill();
  ExpectRefused(disk.path() + "/today", "full");
  disk.Empty();
  ASSERT_TRUE(disk.SetReadOnly(true));
  ExpectRefused(disk.path() + "/today", "Read-only file system");
  ASSERT_TRUE(disk.SetReadOnly(false));
  const Completed run = Run({"backup", disk.path() + "/today"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(StartsWith(disk.path() + "/today: "), HasSubstr(" bytes in ")));
}

}  // namespace
}  // namespace relaywatch::collector::testing
