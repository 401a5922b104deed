// Servers, networks and middleboxes that break the rules: every failure by its own name, and every
// wait bounded.
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "tests/unit/probe/probe_fixture.h"

namespace relaywatch::probe {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using HostileServerTest = ProbeFixture;

// A script that greets and then does one thing in answer to EHLO.
Script AtEhlo(Script then) {
  return [then](Peer& peer) {
    peer.Say("220 hi\r\n");
    peer.Hear();
    then(peer);
  };
}

Script Saying(std::string bytes) {
  return [bytes](Peer& peer) {
    peer.Say(bytes);
    peer.WaitForClose();
  };
}

void Pause() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

TEST_F(HostileServerTest, IsForeignWhereItsGreetingIsNotSmtp) {
  using namespace std::string_literals;
  for (const std::string& greeting : {"HTTP/1.1 400 Bad Request\r\n"s, "J\0\0\0\n5.7.33\0"s,
                                      "\x16\x03\x01\0\xff"s, "SSH-2.0-x\r\n"s}) {
    const Report report = Run(Saying(greeting));
    EXPECT_EQ(report.facts.failure(), v1::FAILURE_FOREIGN_PROTOCOL) << greeting;
    EXPECT_EQ(report.facts.stage(), v1::STAGE_BANNER);
    EXPECT_EQ(report.facts.ending(), v1::ENDING_ERROR);
  }
}

TEST_F(HostileServerTest, IsQuotedWhereItIsForeign) {
  const Report report = Run(Saying("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_EQ(report.facts.detail(), "another protocol: HTTP/1.1 400 Bad Request");
  EXPECT_THAT(report.transcript,
              Contains(Field(&TranscriptLine::line, HasSubstr("HTTP/1.1 400 Bad Request"))));
}

TEST_F(HostileServerTest, BreaksTheGrammar) {
  EXPECT_EQ(Run(Saying("220-a\r\n221 b\r\n")).facts.failure(), v1::FAILURE_GRAMMAR);
  EXPECT_EQ(Run(Saying("354 go on\r\n")).facts.failure(), v1::FAILURE_GRAMMAR);
  const Report late = Run(AtEhlo(Saying("hello\r\n")));
  EXPECT_EQ(late.facts.failure(), v1::FAILURE_GRAMMAR);
  EXPECT_EQ(late.facts.stage(), v1::STAGE_EHLO);
}

TEST_F(HostileServerTest, SaysMoreThanTheLimits) {
  EXPECT_EQ(Run(Saying("220 " + std::string(100'000, 'x') + "\r\n")).facts.failure(),
            v1::FAILURE_LIMIT);
  std::string endless;
  for (int i = 0; i < 10'000; ++i) endless += "250-X\r\n";
  const Report report = Run(AtEhlo(Saying(endless)));
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_LIMIT);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_EHLO);
}

TEST_F(HostileServerTest, SaysMoreThanOneDialogueMay) {
  const ScriptedServer server(Answering({.greeting = "220 " + std::string(1'000, 'x') + "\r\n"}));
  Request request = RequestFor(server.port());
  request.limits.max_dialogue_bytes = 500;
  EXPECT_EQ(Run(request).facts.failure(), v1::FAILURE_LIMIT);
}

TEST_F(HostileServerTest, ClosesOrResets) {
  const Report at_once = Run(Script([](Peer&) {}));
  EXPECT_EQ(at_once.facts.failure(), v1::FAILURE_CLOSED);
  EXPECT_EQ(at_once.facts.ending(), v1::ENDING_CLOSED);
  EXPECT_EQ(at_once.facts.stage(), v1::STAGE_BANNER);

  const Report mid_reply = Run(AtEhlo([](Peer& peer) {
    peer.Say("250-mail\r\n250-SI");
    Pause();
    peer.Reset();
  }));
  EXPECT_EQ(mid_reply.facts.failure(), v1::FAILURE_RESET);
  EXPECT_EQ(mid_reply.facts.ending(), v1::ENDING_RESET);
  EXPECT_EQ(mid_reply.facts.stage(), v1::STAGE_EHLO);
}

TEST_F(HostileServerTest, ClosesBehindACompleteReply) {
  const Report report = Run(Script([](Peer& peer) { peer.Say("220 hi\r\n"); }));
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_CLOSED);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_EHLO);
  EXPECT_EQ(report.facts.greeting().code(), 220u);
}

TEST_F(HostileServerTest, SaysNothing) {
  const Report report = Run(Saying(""));
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REPLY_TIMEOUT);
  EXPECT_EQ(report.facts.ending(), v1::ENDING_TIMEOUT);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_BANNER);
  EXPECT_EQ(Run(AtEhlo(Saying("250-mail\r\n"))).facts.stage(), v1::STAGE_EHLO);
}

TEST_F(HostileServerTest, CannotStretchTheDialogueByTricklingBytes) {
  const ScriptedServer server([](Peer& peer) {
    while (peer.Say("220-x\r\n")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  Request request = RequestFor(server.port());
  request.limits.dialogue = kShort;
  const Report report = Run(request);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REPLY_TIMEOUT);
  EXPECT_GE(report.total, kShort);
  EXPECT_LT(report.total, kShort * 3);
}

TEST_F(HostileServerTest, MayGreetSlowlyInPieces) {
  const Report report = Run(Script([](Peer& peer) {
    for (const char c : std::string("220-wait\r\n220 hi\r\n")) {
      peer.Say(std::string_view(&c, 1));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(peer.Hear(), "EHLO client.example.com");
    peer.Say("250 mail\r\n");
    peer.Hear();
    peer.Say("221 bye\r\n");
  }));
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_UNSPECIFIED) << report.facts.detail();
  EXPECT_EQ(report.facts.greeting().text(), "wait\nhi");
}

TEST_F(HostileServerTest, MayEndItsLinesWithBareLineFeeds) {
  const Report report = Run({.greeting = "220 hi\n"});
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_THAT(report.facts.notes(), testing::ElementsAre(v1::NOTE_BARE_LF));
}

TEST_F(HostileServerTest, MayLeaveTextThatIsTooLongToStore) {
  const Report report = Run({.greeting = "220 " + std::string(1'000, 'x') + "\r\n"});
  EXPECT_EQ(report.facts.greeting().text().size(), 512u);
  EXPECT_THAT(report.facts.notes(), testing::ElementsAre(v1::NOTE_TEXT_TRUNCATED));
}

TEST_F(HostileServerTest, SpeaksBeforeItIsAsked) {
  const Report report = Run(Saying("220 hi\r\n250 mail\r\n"));
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_EARLY_BYTES);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_BANNER);
  const Report part = Run(Saying("220 hi\r\n42"));
  EXPECT_EQ(part.facts.failure(), v1::FAILURE_EARLY_BYTES);
}

TEST_F(HostileServerTest, MayCloseDownUnasked) {
  const Report report = Run(Saying("220 hi\r\n421 4.3.2 Shutting down\r\n"));
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(report.facts.refusal().code(), 421u);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_BANNER);
}

TEST_F(HostileServerTest, SmugglesPlaintextBehindStartTls) {
  const Report report = Run({.replies = {{"EHLO", "250-mail\r\n250 STARTTLS\r\n"},
                                         {"STARTTLS", "220 go\r\n250 AUTH PLAIN\r\n"}}});
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_SMUGGLED_BYTES);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_STARTTLS);
  EXPECT_FALSE(report.facts.has_tls());
}

TEST_F(HostileServerTest, RefusesTheConnection) {
  std::uint16_t port = 0;
  {
    port = ScriptedServer([](Peer&) {}).port();
  }
  const Report report = Run(RequestFor(port));
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_CONNECT_REFUSED);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_CONNECT);
  EXPECT_EQ(report.address, "127.0.0.1");
  EXPECT_THAT(report.local_address, IsEmpty());
}

}  // namespace
}  // namespace relaywatch::probe
