// The anonymous relay cells: one transaction, the own recipient first, never DATA.
#include <gmock/gmock.h>

#include "tests/unit/probe/probe_fixture.h"

namespace relaywatch::probe {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

using RelayTestTest = ProbeFixture;

TEST_F(RelayTestTest, TellsTheOwnRecipientFromTheForeignOne) {
  const Report report = Run(Script([](Peer& peer) {
    peer.Say("220 hi\r\n");
    for (std::string line = peer.Hear(); !line.empty(); line = peer.Hear()) {
      const bool foreign = line.find("example.org") != std::string::npos;
      peer.Say(foreign ? "454 4.7.1 Relay access denied\r\n" : "250 Ok\r\n");
    }
  }));
  EXPECT_FALSE(report.facts.has_anonymous());  // nothing was asked

  const ScriptedServer server(Answering({.replies = {{"RCPT", "550 5.7.1 Relaying denied\r\n"}}}));
  Request request = RequestFor(server.port());
  request.relay_test = {.from = "me@example.com", .own = "", .foreign = "you@example.org"};
  const v1::RelayCells cells = Run(request).facts.anonymous();
  EXPECT_EQ(cells.own().state(), v1::CELL_STATE_UNSPECIFIED);
  EXPECT_EQ(cells.foreign().state(), v1::CELL_STATE_REFUSED);
  EXPECT_EQ(cells.foreign().at(), v1::STAGE_RCPT);
  EXPECT_EQ(cells.foreign().reply().code(), 550u);
  EXPECT_EQ(cells.foreign().reply().enhanced(), "5.7.1");
  EXPECT_EQ(cells.foreign().reply().text(), "Relaying denied");
}

TEST_F(RelayTestTest, TakesARefusalOfEitherClass) {
  for (const char* refusal : {"454 4.7.1 Relay access denied\r\n", "553 no\r\n"}) {
    const Report report = Run({.replies = {{"RCPT", refusal}}});
    EXPECT_EQ(report.facts.anonymous().own().state(), v1::CELL_STATE_REFUSED) << refusal;
    EXPECT_EQ(report.facts.anonymous().foreign().state(), v1::CELL_STATE_REFUSED) << refusal;
    EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT) << refusal;
    EXPECT_THAT(heard(), Contains("RSET")) << refusal;
  }
}

TEST_F(RelayTestTest, RefusesBothCellsWhereMailIsRefused) {
  const Report report = Run({.replies = {{"MAIL", "530 5.7.0 Authentication required\r\n"}}});
  for (const v1::RelayCell& cell :
       {report.facts.anonymous().own(), report.facts.anonymous().foreign()}) {
    EXPECT_EQ(cell.state(), v1::CELL_STATE_REFUSED);
    EXPECT_EQ(cell.at(), v1::STAGE_MAIL);
    EXPECT_EQ(cell.reply().text(), "Authentication required");
  }
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_THAT(heard(), Not(Contains(StartsWith("RCPT"))));
  EXPECT_THAT(heard(), Not(Contains("RSET")));
}

TEST_F(RelayTestTest, RefusesOnlyTheCellThatIsTested) {
  const ScriptedServer server(Answering({.replies = {{"MAIL", "550 no\r\n"}}}));
  Request request = RequestFor(server.port());
  request.relay_test = {.from = "me@example.com", .own = "me@example.com", .foreign = ""};
  const v1::RelayCells cells = Run(request).facts.anonymous();
  EXPECT_EQ(cells.own().state(), v1::CELL_STATE_REFUSED);
  EXPECT_EQ(cells.foreign().state(), v1::CELL_STATE_UNSPECIFIED);
}

TEST_F(RelayTestTest, NeedsASender) {
  std::vector<std::string> heard;
  {
    const ScriptedServer server(Answering({.heard = &heard}));
    Request request = RequestFor(server.port());
    request.relay_test = {.from = "", .own = "me@example.com", .foreign = "you@example.org"};
    Run(request);
  }
  EXPECT_THAT(heard, ElementsAre("EHLO client.example.com", "QUIT"));
}

TEST_F(RelayTestTest, LeavesACellUntestedWhereTheDialogueEndsAtIt) {
  const Report report = Run({.replies = {{"RCPT", "421 4.7.0 Too much\r\n"}}});
  EXPECT_EQ(report.facts.anonymous().own().state(), v1::CELL_STATE_UNSPECIFIED);
  EXPECT_EQ(report.facts.anonymous().foreign().state(), v1::CELL_STATE_UNSPECIFIED);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
}

TEST_F(RelayTestTest, RefusesAReplyThatAsksForMore) {
  const Report report = Run({.replies = {{"RCPT", "354 go on\r\n"}}});
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_GRAMMAR);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_RCPT);
  EXPECT_EQ(report.facts.ending(), v1::ENDING_ERROR);
}

}  // namespace
}  // namespace relaywatch::probe
