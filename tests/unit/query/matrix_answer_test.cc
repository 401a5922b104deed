// The matrix of a moment.
#include "collector/query/matrix_answer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "collector/query/page.h"
#include "collector/serve/matrix.h"
#include "tests/unit/collector/messages.h"
#include "tests/unit/query/query_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;

class MatrixAnswerTest : public QueryTest {
 protected:
  v1::MatrixResponse MatrixAt(std::int64_t seconds, v1::MatrixRequest request = {}) {
    *request.mutable_at() = At(seconds);
    auto answer = AnswerMatrixAt(request, Ask());
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : v1::MatrixResponse();
  }

  const std::int64_t good_ = Outcome(SubmissionFacts({"PLAIN", "LOGIN"}));
  const std::int64_t bad_ = Outcome(SubmissionFacts({"CRAM-MD5"}));
};

TEST_F(MatrixAnswerTest, TellsWhatWasSoThenAndSinceWhen) {
  const std::int64_t office = Series("office");
  AddMinutes(office, "o1", 0, 20, good_);
  AddMinutes(office, "o1", 1200, 20, bad_);
  const v1::MatrixResponse before = MatrixAt(1190);
  ASSERT_EQ(before.cells_size(), 2);
  EXPECT_EQ(before.cells(0).profile(), "outlook");
  EXPECT_EQ(before.cells(0).verdict(), v1::VERDICT_OK);
  EXPECT_EQ(before.cells(0).measured_at().seconds(), kMorning / 1000 + 1140);
  const v1::MatrixResponse after = MatrixAt(1500);
  EXPECT_EQ(after.cells(0).verdict(), v1::VERDICT_AUTH_MISMATCH);
  EXPECT_EQ(after.cells(0).since().seconds(), kMorning / 1000 + 1200);
  EXPECT_FALSE(after.cells(0).since_or_before());
  EXPECT_EQ(after.cells(0).host(), "mail.example.com");
  EXPECT_FALSE(after.cells(0).summary().empty());
}

TEST_F(MatrixAnswerTest, ARowIsAsOldAsTheOldestAddressThatShowsTheSame) {
  const auto address = [&](const char* last) {
    return Series("office", 587, "corp-mail", std::string("192.0.2.") + last);
  };
  AddMinutes(address("1"), "o1", 600, 10, good_);
  AddMinutes(address("2"), "o1", 610, 11, bad_);
  AddMinutes(address("3"), "o1", 1200, 2, good_);
  const v1::MatrixResponse matrix = MatrixAt(1270);
  ASSERT_EQ(matrix.cells_size(), 2);
  EXPECT_EQ(matrix.cells(0).verdict(), v1::VERDICT_OK);
  EXPECT_EQ(matrix.cells(0).measured_at().seconds(), kMorning / 1000 + 1260);
  EXPECT_EQ(matrix.cells(0).since().seconds(), kMorning / 1000 + 600);
}

TEST_F(MatrixAnswerTest, ASummaryIsThatOfItsVerdict) {
  constexpr int kRows = 2'500;  // more than are looked at in one go
  const Inquiry inquiry = Ask();
  Matrix matrix;
  std::vector<MatrixEntry> entries;
  for (int i = 0; i < kRows; ++i) {
    SeriesRow series{i + 1, {}};
    series.key.location = "office";
    series.key.endpoint = "corp-mail";
    series.key.port = static_cast<std::uint32_t>(i + 1);
    // Judged by other profiles, so that each is judged anew and lives no longer than its batch.
    const auto& facts = (*inquiry.Outcome(i % 2 == 0 ? good_ : bad_))->facts;
    auto others = std::make_shared<const ProfileSet>(*judging_.profiles);
    entries.push_back({std::make_shared<const SeriesRow>(series), kMorning,
                       OutcomeBook::Judge(i + 1, facts, others), kMorning, false});
  }
  matrix.Update(entries);
  v1::MatrixRequest request;
  request.mutable_filter()->add_profiles("outlook");
  std::map<v1::Verdict, std::set<std::string>> summaries;
  do {
    const auto answer = matrix.Answer(request, inquiry);
    ASSERT_TRUE(answer.ok()) << answer.status();
    for (const v1::MatrixCell& cell : answer->cells()) {
      summaries[cell.verdict()].insert(cell.summary());
    }
    request.mutable_page()->set_token(answer->next_page_token());
  } while (!request.page().token().empty());
  ASSERT_EQ(summaries.size(), 2U);
  for (const auto& [verdict, words] : summaries) EXPECT_EQ(words.size(), 1U) << verdict;
}

TEST_F(MatrixAnswerTest, ARunAtTheEdgeOfWhatWasLookedAtMayBeOlder) {
  AddMinutes(Series("office"), "o1", 0, 121, good_);
  EXPECT_TRUE(MatrixAt(7200).cells(0).since_or_before());
}

TEST_F(MatrixAnswerTest, WhatWasNotProbedIsNotOk) {
  AddMinutes(Series("office"), "o1", 0, 5, good_);
  Series("home");
  const v1::MatrixResponse matrix = MatrixAt(240 + 3601);
  ASSERT_EQ(matrix.cells_size(), 4);
  for (const v1::MatrixCell& cell : matrix.cells()) {
    EXPECT_EQ(cell.verdict(), v1::VERDICT_UNSPECIFIED) << cell.location();
    EXPECT_FALSE(cell.has_measured_at());
    EXPECT_THAT(cell.summary(), HasSubstr("Nobody probed this"));
  }
  EXPECT_EQ(MatrixAt(240 + 3600).cells(3).verdict(), v1::VERDICT_OK);
}

TEST_F(MatrixAnswerTest, AddressesOfOneServiceAreOneCellTheNewestCounts) {
  const std::int64_t first = Series("office", 587, "corp-mail", "192.0.2.1");
  const std::int64_t second = Series("office", 587, "corp-mail", "192.0.2.2");
  Add(first, "o1", 3000, good_);
  Add(second, "o1", 3060, good_);
  Add(first, "o1", 3120, bad_);
  const v1::MatrixResponse matrix = MatrixAt(3200);
  ASSERT_EQ(matrix.cells_size(), 2);
  EXPECT_EQ(matrix.cells(0).verdict(), v1::VERDICT_AUTH_MISMATCH);
  EXPECT_EQ(matrix.cells(0).since().seconds(), kMorning / 1000 + 3120);
  const v1::MatrixResponse before = MatrixAt(3100);
  EXPECT_EQ(before.cells(0).since().seconds(), kMorning / 1000 + 3000);
}

TEST_F(MatrixAnswerTest, PagesTogetherAreTheWhole) {
  for (const char* location : {"office", "home", "vpn"}) {
    for (const std::uint32_t port : {25U, 587U}) Add(Series(location, port), "a", 60, good_);
  }
  v1::MatrixRequest request;
  request.mutable_page()->set_limit(5);
  std::vector<std::string> seen;
  int pages = 0;
  do {
    const v1::MatrixResponse page = MatrixAt(120, request);
    ++pages;
    for (const v1::MatrixCell& cell : page.cells()) {
      seen.push_back(cell.location() + std::to_string(cell.port()) + cell.profile());
    }
    request.mutable_page()->set_token(page.next_page_token());
  } while (!request.page().token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 12U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 12U);
}

TEST_F(MatrixAnswerTest, AMessageStaysWithinItsBound) {
  for (int i = 0; i < 800; ++i) Add(Series("branch-" + std::to_string(i)), "a", 60, bad_);
  const v1::MatrixResponse first = MatrixAt(120);
  EXPECT_LE(first.ByteSizeLong(), kMaxMessageBytes);
  EXPECT_GT(first.cells_size(), 500);
}

TEST_F(MatrixAnswerTest, AMomentToComeIsRefused) {
  v1::MatrixRequest request;
  *request.mutable_at() = At(7200 + 7200);
  EXPECT_EQ(AnswerMatrixAt(request, Ask()).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(MatrixAnswerTest, AnAgentIsNoPartOfTheQuestion) {
  Epoch("o1");
  v1::MatrixRequest request;
  request.mutable_filter()->add_agents("o1");
  EXPECT_EQ(AnswerMatrixAt(request, Ask()).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(MatrixAnswerTest, NowIsWhatIsHeldInMemory) {
  Add(Series("office"), "o1", 60, good_);
  const Inquiry inquiry = Ask();
  const SeriesRow& series = *desk_.directory.FindSeries(1);
  const std::vector<MatrixEntry> entries{{std::make_shared<const SeriesRow>(series),
                                          kMorning + 120'000, *inquiry.Outcome(bad_),
                                          kMorning + 60'000, false}};
  Matrix matrix;
  matrix.Update(entries);
  const auto answer = matrix.Answer({}, inquiry);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->cells_size(), 2);
  EXPECT_EQ(answer->cells(0).verdict(), v1::VERDICT_AUTH_MISMATCH);
  EXPECT_EQ(answer->cells(0).since().seconds(), kMorning / 1000 + 60);
}

TEST_F(MatrixAnswerTest, ThePresentComesInPagesToo) {
  constexpr int kRows = 2'500;  // more than are looked at in one go
  const Inquiry inquiry = Ask();
  std::vector<MatrixEntry> entries;
  for (int i = 0; i < kRows; ++i) {
    SeriesRow series{i + 1, {}};
    series.key.location = i % 2 == 0 ? "office" : "home";
    series.key.endpoint = "corp-mail";
    series.key.port = static_cast<std::uint32_t>(i + 1);
    entries.push_back({std::make_shared<const SeriesRow>(series), kMorning + 120'000,
                       *inquiry.Outcome(bad_), kMorning + 60'000, false});
  }
  Matrix matrix;
  matrix.Update(entries);
  v1::MatrixRequest request;
  request.mutable_page()->set_limit(777);
  std::vector<std::tuple<std::string, std::uint32_t, std::string>> told;
  do {
    const auto answer = matrix.Answer(request, inquiry);
    ASSERT_TRUE(answer.ok()) << answer.status();
    for (const v1::MatrixCell& cell : answer->cells()) {
      told.emplace_back(cell.location(), cell.port(), cell.profile());
    }
    request.mutable_page()->set_token(answer->next_page_token());
  } while (!request.page().token().empty());
  EXPECT_EQ(told.size(), 2U * kRows);
  EXPECT_EQ(std::adjacent_find(told.begin(), told.end(), std::greater_equal<>()), told.end());
}

}  // namespace
}  // namespace relaywatch::collector::testing
