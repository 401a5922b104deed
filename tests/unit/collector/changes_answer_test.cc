// What operators are told of changes, from what the watch has stored.
#include "collector/query/changes_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "collector/query/page.h"
#include "tests/unit/collector/watch_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ChangesAnswerTest : public WatchFixture {
 protected:
  // Three changes: 1 at the office, 2 at home some minutes later, 3 at the office back again; and a
  // probable one, 4, of relaying at home.
  ChangesAnswerTest() {
    Steady({1, 2}, Offering("LOGIN PLAIN"));
    Steady({3, 4}, Offering("LOGIN PLAIN"), "home");
    See({1, 2, 1, 2}, Offering("PLAIN"));
    See({3, 4, 3, 4}, Offering("PLAIN"), "home");
    between_ms_ = now_ms_;
    Steady({1, 2}, Offering("PLAIN"));
    See({1, 2, 1, 2}, Offering("LOGIN PLAIN"));
    set_.changes.push_back({.status = {.id = 4, .decided_ms = now_ms_, .open = 1},
                            .incident = 0,
                            .key = {"home", "corp-mail", 587, v1::PROTOCOL_SMTP},
                            .kinds = Bit(detect::ChangeKind::kRelay),
                            .before = "anonymous_foreign=accepted",
                            .after = "anonymous_foreign=refused:relay_denied:5 (554 5.7.1)",
                            .words = "foreign recipients now refused",
                            .since_ms = now_ms_,
                            .evidence = {}});
    Commit();
  }

  v1::ChangesResponse Ask(const v1::ChangesRequest& request = {}) {
    const auto reader = Reader::Open(scratch_ / "data").value();
    const auto snapshot = reader->Begin(std::chrono::seconds(10));
    auto answer = AnswerChanges(request, *reader);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or(v1::ChangesResponse());
  }
  absl::Status Refusal(const v1::ChangesRequest& request) {
    const auto reader = Reader::Open(scratch_ / "data").value();
    return AnswerChanges(request, *reader).status();
  }
  static std::vector<std::uint64_t> Ids(const v1::ChangesResponse& response) {
    std::vector<std::uint64_t> ids;
    for (const v1::Change& change : response.changes()) ids.push_back(change.id());
    return ids;
  }

  std::int64_t between_ms_ = 0;
};

TEST_F(ChangesAnswerTest, TellsTheNewestFirstWithAllThereIsToKnow) {
  const v1::ChangesResponse response = Ask();
  ASSERT_THAT(Ids(response), ElementsAre(3, 2, 1));
  const v1::Change& first = response.changes(2);
  EXPECT_EQ(first.location(), "office");
  EXPECT_EQ(first.endpoint(), "corp-mail");
  EXPECT_EQ(first.port(), 587u);
  EXPECT_EQ(first.protocol(), v1::PROTOCOL_SMTP);
  EXPECT_EQ(first.track(), "served");
  EXPECT_EQ(first.state(), "confirmed");
  EXPECT_EQ(first.scope(), "global");
  EXPECT_EQ(first.incident(), 1u);
  EXPECT_EQ(response.changes(1).incident(), 1u);
  EXPECT_THAT(first.incident_summary(), HasSubstr("office and home"));
  EXPECT_THAT(first.kinds(), ElementsAre("auth_offer"));
  EXPECT_THAT(first.summary(), HasSubstr("LOGIN no longer offered"));
  EXPECT_THAT(first.differences(), ElementsAre("auth_tls: LOGIN PLAIN -> PLAIN"));
  ASSERT_EQ(first.before_size(), 1);
  EXPECT_THAT(first.before(0).lines(),
              ElementsAre("reach=open", "auth_tls=LOGIN PLAIN", "anonymous_foreign=accepted"));
  EXPECT_THAT(first.agents(), ElementsAre("agent-1", "agent-2"));
  EXPECT_EQ(first.evidence_size(), 4);
  EXPECT_GT(first.evidence(0).outcome(), 0);
  EXPECT_TRUE(first.has_since() && first.has_decided() && first.has_told());
  EXPECT_LE(first.since().seconds(), first.decided().seconds());
  EXPECT_TRUE(first.has_resolved());
  EXPECT_EQ(first.resolved_by(), 3u);
  EXPECT_FALSE(first.open());
  EXPECT_FALSE(first.has_accepted());
  EXPECT_TRUE(response.changes(1).open());
}

TEST_F(ChangesAnswerTest, Filters) {
  v1::ChangesRequest request;
  request.mutable_filter()->add_locations("home");
  EXPECT_THAT(Ids(Ask(request)), ElementsAre(2));
  request.set_undecided(true);
  EXPECT_THAT(Ids(Ask(request)), ElementsAre(4, 2));
  request.add_kinds("relay");
  EXPECT_THAT(Ids(Ask(request)), ElementsAre(4));
  EXPECT_EQ(Ask(request).changes(0).state(), "probable");
  EXPECT_THAT(Ask(request).changes(0).differences(),
              ElementsAre("anonymous_foreign: accepted -> refused:relay_denied:5 (554 5.7.1)"));
  request.Clear();
  request.mutable_filter()->add_agents("agent-2");
  EXPECT_THAT(Ids(Ask(request)), ElementsAre(3, 1));
  request.Clear();
  request.mutable_filter()->add_ports(25);
  EXPECT_THAT(Ids(Ask(request)), ElementsAre());
  request.Clear();
  request.mutable_filter()->mutable_since()->set_seconds(between_ms_ / 1000 + 1);
  EXPECT_THAT(Ids(Ask(request)), ElementsAre(3));
  request.Clear();
  request.mutable_filter()->mutable_until()->set_seconds(between_ms_ / 1000 + 1);
  EXPECT_THAT(Ids(Ask(request)), ElementsAre(2, 1));
}

TEST_F(ChangesAnswerTest, ComesInPages) {
  v1::ChangesRequest request;
  request.set_limit(2);
  const v1::ChangesResponse page = Ask(request);
  EXPECT_THAT(Ids(page), ElementsAre(3, 2));
  request.set_page_token(page.next_page_token());
  const v1::ChangesResponse last = Ask(request);
  EXPECT_THAT(Ids(last), ElementsAre(1));
  EXPECT_EQ(last.next_page_token(), "");
}

TEST_F(ChangesAnswerTest, APageFitsAMessageAndNoneIsLeftOut) {
  constexpr std::int64_t kFirst = 10;
  constexpr std::int64_t kLong = 12;
  for (std::int64_t id = kFirst; id < kFirst + kLong; ++id) {
    set_.changes.push_back(
        {.status = {.id = id, .state = detect::ChangeState::kConfirmed, .decided_ms = now_ms_},
         .incident = 0,
         .key = {"home", "corp-mail", 587, v1::PROTOCOL_SMTP},
         .kinds = Bit(detect::ChangeKind::kRelay),
         .before = "anonymous_foreign=accepted",
         .after = "anonymous_foreign=accepted (" + std::string(100'000, 'x') + ")",
         .words = "foreign recipients now refused",
         .since_ms = now_ms_,
         .evidence = {}});
  }
  Commit();
  v1::ChangesRequest request;
  std::vector<std::uint64_t> seen;
  do {
    const v1::ChangesResponse page = Ask(request);
    EXPECT_LE(page.ByteSizeLong(), kMaxMessageBytes);
    ASSERT_GT(page.changes_size(), 0);
    for (const std::uint64_t id : Ids(page)) seen.push_back(id);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  std::vector<std::uint64_t> all;
  for (std::int64_t id = kFirst + kLong; id-- > kFirst;)
    all.push_back(static_cast<std::uint64_t>(id));
  all.insert(all.end(), {3, 2, 1});
  EXPECT_EQ(seen, all);
}

TEST_F(ChangesAnswerTest, TheEndOfTimeIsATimeToo) {
  v1::ChangesRequest request;
  request.mutable_filter()->mutable_since()->set_seconds(std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(Ids(Ask(request)), ElementsAre());
  request.Clear();
  request.mutable_filter()->mutable_until()->set_seconds(std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(Ids(Ask(request)), ElementsAre(3, 2, 1));
}

TEST_F(ChangesAnswerTest, SaysWhatIsWrongWithAQuestion) {
  v1::ChangesRequest request;
  request.add_kinds("weather");
  EXPECT_THAT(std::string(Refusal(request).message()),
              HasSubstr("\"weather\" is not one of auth_offer,relay,tls"));
  request.Clear();
  request.set_limit(kMaxChanges + 1);
  EXPECT_TRUE(absl::IsInvalidArgument(Refusal(request)));
  request.Clear();
  request.set_page_token("3; DROP TABLE change");
  EXPECT_TRUE(absl::IsInvalidArgument(Refusal(request)));
  request.Clear();
  request.mutable_filter()->mutable_since()->set_seconds(2);
  request.mutable_filter()->mutable_until()->set_seconds(1);
  EXPECT_TRUE(absl::IsInvalidArgument(Refusal(request)));
}

}  // namespace
}  // namespace relaywatch::collector::testing
