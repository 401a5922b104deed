// Two places side by side.
#include "collector/query/compare_answer.h"

#include <gmock/gmock.h>

#include "tests/unit/collector/messages.h"
#include "tests/unit/query/query_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CompareAnswerTest : public QueryTest {
 protected:
  v1::CompareResponse Compare(const std::string& a, const std::string& b,
                              std::int64_t seconds = 600) {
    auto answer = AnswerCompare(Request(a, b), Ask(seconds));
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : v1::CompareResponse();
  }
  static v1::CompareRequest Request(const std::string& a, const std::string& b) {
    v1::CompareRequest request;
    request.add_locations(a);
    request.add_locations(b);
    return request;
  }

  const std::int64_t good_ = Outcome(SubmissionFacts({"PLAIN", "LOGIN"}));
  const std::int64_t hidden_ = Outcome(SubmissionFacts({}));
  const std::int64_t stripped_ = Outcome(StrippedFacts());
  const std::int64_t timeout_ = Outcome(TimeoutFacts());
};

TEST_F(CompareAnswerTest, StartTlsIsStrippedOnTheWay) {
  AddMinutes(Series("office"), "o1", 0, 10, good_);
  AddMinutes(Series("vpn"), "v1", 0, 10, good_);
  AddMinutes(Series("home"), "h1", 0, 10, stripped_);
  for (const auto& answer : {Compare("office", "home"), Compare("home", "office")}) {
    ASSERT_EQ(answer.services_size(), 1);
    const v1::ComparedService& service = answer.services(0);
    EXPECT_EQ(service.cause(), "network_path");
    EXPECT_EQ(service.words(), "STARTTLS is stripped on the way from home; office and vpn see it");
    ASSERT_EQ(service.here_size(), 1);
    EXPECT_EQ(service.here(0).agent(), "h1");
    EXPECT_EQ(service.elsewhere_size(), 2);
  }
  const v1::ComparedService service = Compare("office", "home").services(0);
  EXPECT_EQ(service.sides(0).verdicts(0).verdict(), v1::VERDICT_OK);
  EXPECT_EQ(service.sides(1).verdicts(0).verdict(), v1::VERDICT_STARTTLS_MISSING);
  EXPECT_THAT(service.sides(0).only_plain(), ElementsAre("STARTTLS"));
  EXPECT_THAT(service.sides(1).only_plain(), ElementsAre());
}

TEST_F(CompareAnswerTest, TwoPlacesAloneAreEnough) {
  AddMinutes(Series("office"), "o1", 0, 10, good_);
  AddMinutes(Series("home"), "h1", 0, 10, stripped_);
  EXPECT_EQ(Compare("office", "home").services(0).words(),
            "STARTTLS is stripped on the way from home; office sees it");
}

TEST_F(CompareAnswerTest, WhatDiffersInsideTlsIsTheServersDoing) {
  AddMinutes(Series("office"), "o1", 0, 10, hidden_);
  AddMinutes(Series("home"), "h1", 0, 10, good_);
  AddMinutes(Series("vpn"), "v1", 0, 10, good_);
  const v1::ComparedService service = Compare("home", "office").services(0);
  EXPECT_EQ(service.cause(), "server_policy");
  EXPECT_THAT(service.words(), HasSubstr("the server treats office otherwise"));
  EXPECT_THAT(service.sides(0).only_tls(), ElementsAre("AUTH PLAIN LOGIN"));
}

TEST_F(CompareAnswerTest, APortThatNeverAnswersIsBlockedOnTheWay) {
  AddMinutes(Series("office"), "o1", 0, 10, good_);
  AddMinutes(Series("home"), "h1", 0, 10, timeout_);
  const v1::ComparedService service = Compare("office", "home").services(0);
  EXPECT_EQ(service.cause(), "network_path");
  EXPECT_EQ(service.words(), "port 587 is blocked on the way from home; office reaches it");
}

TEST_F(CompareAnswerTest, TwoFailuresToConnectMayBeLoss) {
  AddMinutes(Series("office"), "o1", 0, 10, good_);
  AddMinutes(Series("home"), "h1", 0, 8, good_);
  AddMinutes(Series("home"), "h1", 480, 2, timeout_);
  EXPECT_EQ(Compare("office", "home").services(0).cause(), "no_difference");
}

TEST_F(CompareAnswerTest, OneAgentAloneIsTold) {
  AddMinutes(Series("office"), "o1", 0, 10, good_);
  AddMinutes(Series("home"), "h1", 0, 10, good_);
  AddMinutes(Series("home"), "h2", 5, 10, stripped_);
  AddMinutes(Series("home"), "h3", 10, 10, good_);
  const v1::ComparedService service = Compare("home", "office").services(0);
  EXPECT_EQ(service.cause(), "this_agent_only");
  EXPECT_THAT(service.words(), HasSubstr("only agent h2 sees it"));
}

TEST_F(CompareAnswerTest, OthersThatContradictEachOtherDoNotBlurIt) {
  AddMinutes(Series("office"), "o1", 0, 10, hidden_);
  AddMinutes(Series("home"), "h1", 0, 10, good_);
  AddMinutes(Series("vpn"), "v1", 0, 10, Outcome(SubmissionFacts({"NTLM"})));
  const v1::ComparedService service = Compare("home", "office").services(0);
  EXPECT_EQ(service.cause(), "server_policy");
  ASSERT_EQ(service.elsewhere_size(), 1);
  EXPECT_NE(service.elsewhere(0).location(), "vpn");
}

TEST_F(CompareAnswerTest, WhoeverSeesTheSameIsToldSo) {
  AddMinutes(Series("office"), "o1", 0, 10, good_);
  AddMinutes(Series("home"), "h1", 0, 10, good_);
  EXPECT_EQ(Compare("office", "home").services(0).cause(), "no_difference");
}

TEST_F(CompareAnswerTest, APlaceThatDidNotLookIsToldSo) {
  AddMinutes(Series("office"), "o1", 0, 10, good_);
  Series("home");
  const v1::ComparedService service = Compare("office", "home").services(0);
  EXPECT_EQ(service.cause(), "unknown");
  EXPECT_EQ(service.words(), "home did not look in that hour");
  EXPECT_FALSE(service.sides(1).probed());
}

TEST_F(CompareAnswerTest, LooksFurtherBackWhereNobodyLookedJustNow) {
  AddMinutes(Series("office"), "o1", 0, 10, good_);
  AddMinutes(Series("home"), "h1", 0, 10, stripped_);
  const v1::CompareResponse answer = Compare("office", "home", 2400);
  EXPECT_EQ(answer.services(0).cause(), "network_path");
  EXPECT_EQ(answer.to().seconds() - answer.from().seconds(), 3600);
}

TEST_F(CompareAnswerTest, AskForTwoPlacesThatThereAre) {
  Series("office");
  for (const auto& request :
       {Request("office", "office"), Request("office", "nowhere"), v1::CompareRequest()}) {
    EXPECT_EQ(AnswerCompare(request, Ask()).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(CompareAnswerTest, WhatHasNotComeYetIsNotCompared) {
  Series("home");
  Series("office");
  v1::CompareRequest request = Request("office", "home");
  *request.mutable_at() = At(7200 + 3601);
  const auto answer = AnswerCompare(request, Ask());
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(answer.status().message()), ::testing::HasSubstr("has not come yet"));
}

}  // namespace
}  // namespace relaywatch::collector::testing
