// What was seen over a time.
#include "collector/query/history_answer.h"

#include <gmock/gmock.h>

#include "collector/query/page.h"
#include "tests/unit/collector/messages.h"
#include "tests/unit/query/query_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kDayMs = 86'400'000;

class HistoryAnswerTest : public QueryTest {
 protected:
  v1::HistoryRequest Between(std::int64_t since, std::int64_t until, std::int64_t step_s) {
    v1::HistoryRequest request;
    *request.mutable_filter()->mutable_since() = At(since);
    *request.mutable_filter()->mutable_until() = At(until);
    request.mutable_step()->set_seconds(step_s);
    return request;
  }
  v1::HistoryResponse History(const v1::HistoryRequest& request) {
    auto answer = AnswerHistory(request, Ask());
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : v1::HistoryResponse();
  }
  std::string Refusal(const v1::HistoryRequest& request) {
    const auto answer = AnswerHistory(request, Ask());
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(answer.status().message());
  }

  const std::int64_t good_ = Outcome(SubmissionFacts({"PLAIN", "LOGIN"}));
  const std::int64_t bad_ = Outcome(SubmissionFacts({"CRAM-MD5"}));
};

TEST_F(HistoryAnswerTest, CountsVerdictsBucketByBucket) {
  const std::int64_t office = Series("office");
  AddMinutes(office, "a", 0, 14, good_);
  AddMinutes(office, "a", 840, 6, bad_);
  const v1::HistoryResponse history = History(Between(0, 1800, 600));
  ASSERT_EQ(history.rows_size(), 2);
  EXPECT_EQ(history.level(), "raw");
  EXPECT_EQ(history.step().seconds(), 600);
  const v1::HistoryRow& outlook = history.rows(0);
  EXPECT_EQ(outlook.profile(), "outlook");
  ASSERT_EQ(outlook.buckets_size(), 3);
  EXPECT_EQ(outlook.buckets(0).results(), 10U);
  EXPECT_EQ(outlook.buckets(0).verdicts(0).verdict(), v1::VERDICT_OK);
  const v1::HistoryBucket& second = outlook.buckets(1);
  EXPECT_EQ(second.verdicts(0).verdict(), v1::VERDICT_AUTH_MISMATCH);
  EXPECT_EQ(second.verdicts(0).results(), 6U);
  EXPECT_EQ(second.verdicts(1).results(), 4U);
  EXPECT_EQ(second.auth_judged(), 10U);
  EXPECT_EQ(second.auth_mismatches(), 6U);
  EXPECT_EQ(outlook.buckets(2).results(), 0U);
  EXPECT_EQ(outlook.buckets(2).start().seconds(), kMorning / 1000 + 1200);
  EXPECT_EQ(history.rows(1).buckets(1).verdicts_size(), 1) << "thunderbird can use CRAM-MD5";
}

TEST_F(HistoryAnswerTest, TellsHowLongEachStageTook) {
  AddMinutes(Series("office"), "a", 0, 3, good_);
  const v1::HistoryResponse history = History(Between(0, 600, 600));
  ASSERT_EQ(history.rows(0).buckets(0).stages_size(), 6);
  const v1::StageLatency& tls = history.rows(0).buckets(0).stages(5);
  EXPECT_EQ(tls.stage(), v1::STAGE_TLS);
  EXPECT_EQ(tls.results(), 3U);
  EXPECT_NEAR(tls.p50_us(), 5000, 500);
  EXPECT_NEAR(tls.p99_us(), 5000, 500);
}

TEST_F(HistoryAnswerTest, AddressesAndAgentsOfOnePlaceAreOneRow) {
  AddMinutes(Series("office", 587, "corp-mail", "192.0.2.1"), "a", 0, 2, good_);
  AddMinutes(Series("office", 587, "corp-mail", "192.0.2.2"), "b", 0, 3, good_);
  EXPECT_EQ(History(Between(0, 600, 600)).rows(0).buckets(0).results(), 5U);
  v1::HistoryRequest of_b = Between(0, 600, 600);
  of_b.mutable_filter()->add_agents("b");
  const v1::HistoryResponse history = History(of_b);
  EXPECT_EQ(history.rows(0).buckets(0).results(), 3U);
  EXPECT_EQ(history.level(), "raw");
}

TEST_F(HistoryAnswerTest, WithoutATimeItIsTheLastDay) {
  AddMinutes(Series("office"), "a", 0, 2, good_);
  const v1::HistoryResponse history = History({});
  EXPECT_EQ(history.step().seconds(), 1800);
  EXPECT_GE(history.rows(0).buckets_size(), 48);
  EXPECT_LE(history.rows(0).buckets_size(), 49);
}

TEST_F(HistoryAnswerTest, TenYearsWork) {
  AddMinutes(Series("office"), "a", 0, 2, good_);
  v1::HistoryRequest request;
  *request.mutable_filter()->mutable_since() = At(-10 * 365 * 86'400LL);
  *request.mutable_filter()->mutable_until() = At(3600);
  const v1::HistoryResponse history = History(request);
  EXPECT_LE(history.rows(0).buckets_size(), 62);
  std::uint64_t results = 0;
  for (const auto& bucket : history.rows(0).buckets()) results += bucket.results();
  EXPECT_EQ(results, 2U);
}

TEST_F(HistoryAnswerTest, RefusesWhatMakesTooManyBucketsOrNone) {
  EXPECT_THAT(Refusal(Between(0, 86'400, 1)), HasSubstr("at most 500"));
  EXPECT_THAT(Refusal(Between(0, 600, 0)), HasSubstr("at least 1s"));
  EXPECT_THAT(Refusal(Between(0, 600, -5)), HasSubstr("step"));
  EXPECT_THAT(Refusal(Between(600, 600, 60)), HasSubstr("is not before until"));
}

TEST_F(HistoryAnswerTest, PagesHoldWholeRowsWithinTheBound) {
  for (int i = 0; i < 40; ++i) {
    AddMinutes(Series("branch-" + std::to_string(i)), "a", 0, 30, good_);
  }
  v1::HistoryRequest request = Between(0, 1800, 4);
  int rows = 0;
  int pages = 0;
  do {
    const v1::HistoryResponse page = History(request);
    EXPECT_LE(page.ByteSizeLong(), kMaxMessageBytes);
    ++pages;
    rows += page.rows_size();
    for (const v1::HistoryRow& row : page.rows()) EXPECT_EQ(row.buckets_size(), 450);
    request.mutable_page()->set_token(page.next_page_token());
  } while (!request.page().token().empty());
  EXPECT_EQ(rows, 80);
  EXPECT_GT(pages, 1);
}

TEST(DefaultStep, MakesAScreenOfLines) {
  for (std::int64_t range_ms = 60'000; range_ms < 3650 * kDayMs; range_ms = range_ms * 3 / 2) {
    EXPECT_LE(range_ms / DefaultStepMs(range_ms), 60) << range_ms;
  }
  EXPECT_EQ(DefaultStepMs(kDayMs), 1'800'000);
  EXPECT_EQ(DefaultStepMs(3'600'000), 60'000);
}

}  // namespace
}  // namespace relaywatch::collector::testing
