// Everything about one service from one place.
#include "collector/query/explain_answer.h"

#include <gmock/gmock.h>

#include "tests/unit/collector/messages.h"
#include "tests/unit/query/query_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;

class ExplainAnswerTest : public QueryTest {
 protected:
  static v1::ExplainRequest Request(const std::string& location, std::uint32_t port = 587) {
    v1::ExplainRequest request;
    request.set_location(location);
    request.set_endpoint("corp-mail");
    request.set_port(port);
    return request;
  }
  v1::ExplainResponse Explain(const v1::ExplainRequest& request, std::int64_t seconds = 7200) {
    auto answer = AnswerExplain(request, Ask(seconds));
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : v1::ExplainResponse();
  }

  const std::int64_t good_ = Outcome(SubmissionFacts({"PLAIN", "LOGIN"}));
  const std::int64_t bad_ = Outcome(SubmissionFacts({"CRAM-MD5"}));
  const std::int64_t stripped_ = Outcome(StrippedFacts());
};

TEST_F(ExplainAnswerTest, TellsTheEvidenceAndWhatItMeans) {
  AddMinutes(Series("office"), "o1", 0, 60, good_);
  AddMinutes(Series("office"), "o1", 3600, 60, bad_);
  const v1::ExplainResponse answer = Explain(Request("office"));
  EXPECT_EQ(answer.agent(), "o1");
  EXPECT_EQ(answer.seq(), 120U);
  EXPECT_EQ(answer.host(), "mail.example.com");
  EXPECT_EQ(answer.address(), "192.0.2.1");
  EXPECT_EQ(answer.measured_at().seconds(), kMorning / 1000 + 3600 + 59 * 60);
  EXPECT_EQ(answer.facts().greeting().text(), "mail.example.com ESMTP Postfix (Debian)");
  EXPECT_EQ(answer.stage_us(1), 1200U);
  EXPECT_EQ(answer.since().seconds(), kMorning / 1000 + 3600);
  EXPECT_FALSE(answer.since_or_before());
  ASSERT_EQ(answer.verdicts_size(), 2);
  const v1::ProfileVerdict& outlook = answer.verdicts(0);
  EXPECT_EQ(outlook.verdict(), v1::VERDICT_AUTH_MISMATCH);
  EXPECT_FALSE(outlook.summary().empty());
  EXPECT_FALSE(outlook.advice().empty());
  EXPECT_FALSE(outlook.outlook_codes().empty());
  EXPECT_EQ(outlook.since().seconds(), kMorning / 1000 + 3600);
  EXPECT_FALSE(outlook.since_or_before());
}

TEST_F(ExplainAnswerTest, AVerdictMayBeOlderThanTheReplies) {
  AddMinutes(Series("office"), "o1", 0, 60, good_);
  AddMinutes(Series("office"), "o1", 3600, 60, bad_);
  const v1::ProfileVerdict thunderbird = Explain(Request("office")).verdicts(1);
  EXPECT_EQ(thunderbird.verdict(), v1::VERDICT_OK);
  EXPECT_EQ(thunderbird.since().seconds(), kMorning / 1000);
  EXPECT_TRUE(thunderbird.since_or_before());
}

TEST_F(ExplainAnswerTest, TellsHowItWasThen) {
  AddMinutes(Series("office"), "o1", 0, 60, good_);
  AddMinutes(Series("office"), "o1", 3600, 60, bad_);
  v1::ExplainRequest request = Request("office");
  *request.mutable_at() = At(3000);
  EXPECT_EQ(Explain(request).verdicts(0).verdict(), v1::VERDICT_OK);
}

TEST_F(ExplainAnswerTest, ComparesWithOtherPlacesInTheSameMinutes) {
  AddMinutes(Series("home"), "h1", 0, 10, stripped_);
  AddMinutes(Series("office"), "o1", 0, 10, good_);
  const v1::ExplainResponse answer = Explain(Request("home"));
  EXPECT_EQ(answer.cause(), "network_path");
  EXPECT_EQ(answer.cause_words(), "STARTTLS is stripped on the way from home; office sees it");
  ASSERT_EQ(answer.elsewhere_size(), 1);
  EXPECT_EQ(answer.elsewhere(0).agent(), "o1");
  EXPECT_THAT(answer.elsewhere(0).words(), HasSubstr("STARTTLS"));
}

TEST_F(ExplainAnswerTest, WhatDoesNotVoteIsNoEvidence) {
  Add(Series("office"), "o1", 0, good_);
  Add(Series("office"), "o1", 60, bad_, kMoved);
  EXPECT_EQ(Explain(Request("office")).outcome(), good_);
}

TEST_F(ExplainAnswerTest, AnOldResultIsFoundAndDated) {
  Add(Series("office"), "o1", 0, good_);
  EXPECT_EQ(Explain(Request("office"), 40 * 86'400LL).measured_at().seconds(), kMorning / 1000);
}

TEST_F(ExplainAnswerTest, OnlyTheProfilesAndAgentsThatAreAskedFor) {
  Add(Series("office"), "o1", 0, good_);
  Add(Series("office"), "o2", 60, bad_);
  v1::ExplainRequest request = Request("office");
  request.add_profiles("thunderbird");
  request.add_agents("o1");
  const v1::ExplainResponse answer = Explain(request);
  EXPECT_EQ(answer.agent(), "o1");
  ASSERT_EQ(answer.verdicts_size(), 1);
  EXPECT_EQ(answer.verdicts(0).profile(), "thunderbird");
}

TEST_F(ExplainAnswerTest, TellsWhatIsKnownFromThereInstead) {
  Series("office");
  const auto answer = AnswerExplain(Request("office", 25), Ask());
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(answer.status().message(),
            "nobody has probed corp-mail:25 from office; from there is known: corp-mail:587");
  const auto empty = AnswerExplain(Request("office"), Ask());
  EXPECT_EQ(empty.status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ExplainAnswerTest, WhatHasNotComeYetIsNotExplained) {
  AddMinutes(Series("office"), "o1", 0, 3, good_);
  v1::ExplainRequest request = Request("office");
  *request.mutable_at() = At(7200 + 3601);
  EXPECT_EQ(AnswerExplain(request, Ask()).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace relaywatch::collector::testing
