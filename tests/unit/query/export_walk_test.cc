// Every result, in steps.
#include "collector/query/export_walk.h"

#include <gmock/gmock.h>

#include <tuple>

#include "collector/query/page.h"
#include "tests/unit/collector/messages.h"
#include "tests/unit/query/query_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::ElementsAre;

class ExportWalkTest : public QueryTest {
 protected:
  std::vector<v1::ExportRow> All(const v1::ExportRequest& request, ExportStep step = {}) {
    ExportWalk walk(request, step);
    std::vector<v1::ExportRow> rows;
    while (!walk.done()) {
      auto batches = walk.Next(Ask(100'000));
      if (!batches.ok()) {
        ADD_FAILURE() << batches.status();
        return rows;
      }
      ++steps_;
      for (const v1::ExportBatch& batch : *batches) {
        EXPECT_LE(batch.ByteSizeLong(), kMaxMessageBytes);
        rows.insert(rows.end(), batch.rows().begin(), batch.rows().end());
      }
    }
    return rows;
  }

  const std::int64_t good_ = Outcome(SubmissionFacts({"PLAIN", "LOGIN"}));
  const std::int64_t bad_ = Outcome(SubmissionFacts({"CRAM-MD5"}));
  int steps_ = 0;
};

TEST_F(ExportWalkTest, TellsEverythingAboutAResult) {
  Add(Series("office"), "o1", 60, bad_, kMoved | kBacklog);
  v1::ExportRequest request;
  request.mutable_filter()->add_profiles("outlook");
  request.mutable_filter()->add_profiles("thunderbird");
  const auto rows = All(request);
  ASSERT_EQ(rows.size(), 1U);
  const v1::ExportRow& row = rows.front();
  EXPECT_EQ(row.agent(), "o1");
  EXPECT_EQ(row.epoch(), 0xabc1U);
  EXPECT_EQ(row.seq(), 1U);
  EXPECT_EQ(row.time_ms(), kMorning + 60'000);
  EXPECT_EQ(row.location(), "office");
  EXPECT_EQ(row.endpoint(), "corp-mail");
  EXPECT_EQ(row.host(), "mail.example.com");
  EXPECT_EQ(row.port(), 587U);
  EXPECT_EQ(row.address(), "192.0.2.1");
  EXPECT_EQ(row.stage(), v1::STAGE_RCPT);
  EXPECT_TRUE(row.moved());
  EXPECT_TRUE(row.backlog());
  EXPECT_FALSE(row.captive_portal());
  EXPECT_EQ(row.stage_us(1), 1200U);
  EXPECT_THAT(row.verdicts(), ElementsAre(v1::VERDICT_AUTH_MISMATCH, v1::VERDICT_OK));
}

TEST_F(ExportWalkTest, NoStepSizeLosesOrRepeatsAResult) {
  for (const char* location : {"office", "home", "vpn"}) {
    for (const char* agent : {"a", "b"}) AddMinutes(Series(location), agent, 0, 7, good_);
  }
  for (std::size_t size = 1; size <= 45; ++size) {
    for (const ExportStep step : {ExportStep{size, 1000}, ExportStep{1000, size}}) {
      const auto rows = All({}, step);
      std::set<std::pair<std::uint64_t, std::uint64_t>> distinct;
      for (const v1::ExportRow& row : rows) distinct.emplace(row.epoch(), row.seq());
      EXPECT_EQ(rows.size(), 42U) << size;
      EXPECT_EQ(distinct.size(), 42U) << size;
    }
  }
}

TEST_F(ExportWalkTest, IsInTheOrderOfPathAndTime) {
  AddMinutes(Series("office"), "a", 0, 5, good_);
  AddMinutes(Series("home"), "a", 30, 5, good_);
  const auto rows = All({}, {3, 1000});
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_TRUE(rows[i - 1].location() == "office" || rows[i].location() == "home");
    if (rows[i - 1].location() == rows[i].location()) {
      EXPECT_LT(rows[i - 1].time_ms(), rows[i].time_ms());
    }
  }
}

TEST_F(ExportWalkTest, TakesTheAgentAndTheTimeThatAreAskedFor) {
  AddMinutes(Series("office"), "a", 0, 10, good_);
  AddMinutes(Series("office"), "b", 10, 10, good_);
  v1::ExportRequest request;
  request.mutable_filter()->add_agents("b");
  *request.mutable_filter()->mutable_since() = At(130);
  *request.mutable_filter()->mutable_until() = At(250);
  const auto rows = All(request, {1, 3});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].agent(), "b");
  EXPECT_EQ(rows[0].time_ms(), kMorning + 130'000);
}

TEST_F(ExportWalkTest, WorkIsBoundedWhereNothingMatches) {
  AddMinutes(Series("office"), "a", 0, 50, good_);
  Epoch("b");
  v1::ExportRequest request;
  request.mutable_filter()->add_agents("b");
  EXPECT_TRUE(All(request, {10, 10}).empty());
  EXPECT_GE(steps_, 5);
}

TEST_F(ExportWalkTest, EndsWhereWhoeverAskedHasGone) {
  AddMinutes(Series("office"), "a", 0, 5, good_);
  is_unwanted_ = true;
  EXPECT_EQ(ExportWalk({}).Next(Ask()).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(ExportWalkTest, RefusesAnEmptyTime) {
  v1::ExportRequest request;
  *request.mutable_filter()->mutable_since() = At(10);
  *request.mutable_filter()->mutable_until() = At(5);
  EXPECT_EQ(ExportWalk(request).Next(Ask()).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace relaywatch::collector::testing
