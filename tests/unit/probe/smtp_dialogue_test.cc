// The dialogue against servers that play by the rules, whatever the rules.
#include <gmock/gmock.h>

#include "tests/unit/probe/probe_fixture.h"

namespace relaywatch::probe {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using SmtpDialogueTest = ProbeFixture;

constexpr const char* kPlainEhlo =
    "250-mail.example.com Hello client [192.0.2.7]\r\n250-SIZE 1000\r\n250-STARTTLS\r\n"
    "250 AUTH LOGIN\r\n";
constexpr const char* kTlsEhlo = "250-mail.example.com\r\n250 AUTH PLAIN LOGIN\r\n";

Answers FullServer(const support::Credential& credential) {
  return {.replies = {{"EHLO", kPlainEhlo},
                      {"STARTTLS", "220 2.0.0 Ready\r\n"},
                      {"TLS EHLO", kTlsEhlo},
                      {"TLS RCPT", "251 2.1.5 Ok\r\n"}},
          .credential = &credential};
}

TEST_F(SmtpDialogueTest, GoesFromTheGreetingToQuit) {
  const Report report = Run(FullServer(GoodCredential()), v1::SECURITY_STARTTLS);
  const v1::Facts& facts = report.facts;
  EXPECT_EQ(facts.stage(), v1::STAGE_QUIT);
  EXPECT_EQ(facts.ending(), v1::ENDING_QUIT);
  EXPECT_EQ(facts.failure(), v1::FAILURE_UNSPECIFIED) << facts.detail();
  EXPECT_EQ(facts.greeting().text(), "mail.example.com ESMTP");
  EXPECT_THAT(facts.plain().lines(), ElementsAre("mail.example.com Hello client [192.0.2.7]",
                                                 "SIZE 1000", "STARTTLS", "AUTH LOGIN"));
  EXPECT_TRUE(facts.starttls().offered());
  EXPECT_EQ(facts.starttls().reply().enhanced(), "2.0.0");
  EXPECT_THAT(facts.tls_capabilities().lines(),
              ElementsAre("mail.example.com", "AUTH PLAIN LOGIN"));
  EXPECT_EQ(facts.egress_address(), "192.0.2.7");
  EXPECT_EQ(facts.anonymous().own().state(), v1::CELL_STATE_ACCEPTED);
  EXPECT_EQ(facts.anonymous().foreign().state(), v1::CELL_STATE_ACCEPTED);
  EXPECT_THAT(facts.notes(), IsEmpty());
  EXPECT_EQ(report.address, "127.0.0.1");
  EXPECT_EQ(report.local_address, "127.0.0.1");
}

TEST_F(SmtpDialogueTest, SaysExactlyTheLinesItNeeds) {
  Run(FullServer(GoodCredential()), v1::SECURITY_STARTTLS);
  EXPECT_THAT(heard(), ElementsAre("EHLO client.example.com", "STARTTLS", "EHLO client.example.com",
                                   "MAIL FROM:<me@example.com>", "RCPT TO:<me@example.com>",
                                   "RCPT TO:<you@example.org>", "RSET", "QUIT"));
}

TEST_F(SmtpDialogueTest, TimesEveryStageThatRan) {
  const Report report = Run(FullServer(GoodCredential()), v1::SECURITY_STARTTLS);
  std::chrono::microseconds sum{0};
  for (std::size_t i = StageIndex(v1::STAGE_CONNECT); i < kStageCount; ++i) {
    const bool ran = StageAt(i) != v1::STAGE_AUTH;
    EXPECT_EQ(report.timings[i].count() > 0, ran) << v1::Stage_Name(StageAt(i));
    sum += report.timings[i];
  }
  EXPECT_GE(report.total + std::chrono::microseconds(kStageCount), sum);
  EXPECT_GT(report.wall_ms, 0);
}

TEST_F(SmtpDialogueTest, KeepsATranscript) {
  const Report report = Run(FullServer(GoodCredential()), v1::SECURITY_STARTTLS);
  using From = TranscriptLine::From;
  const auto line = [](From from, const std::string& text) {
    return AllOf(Field(&TranscriptLine::from, from), Field(&TranscriptLine::line, text));
  };
  EXPECT_THAT(report.transcript, Contains(line(From::kServer, "220 mail.example.com ESMTP")));
  EXPECT_THAT(report.transcript, Contains(line(From::kServer, "250-SIZE 1000")));
  EXPECT_THAT(report.transcript, Contains(line(From::kClient, "STARTTLS")));
  EXPECT_THAT(report.transcript, Contains(line(From::kNote, "TLSv1.3 begins")));
  EXPECT_THAT(report.transcript, Contains(line(From::kServer, "221 2.0.0 Bye")));
}

TEST_F(SmtpDialogueTest, KeepsNoTranscriptUnasked) {
  const ScriptedServer server(Answering({}));
  Request request = RequestFor(server.port());
  request.keep_transcript = false;
  EXPECT_THAT(Run(request).transcript, IsEmpty());
}

TEST_F(SmtpDialogueTest, BeginsWithTlsWhereTheEndpointIsImplicit) {
  const Report report = Run(
      {.replies = {{"TLS EHLO", kTlsEhlo}}, .credential = &GoodCredential(), .implicit_tls = true},
      v1::SECURITY_TLS);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_FALSE(report.facts.has_plain());
  EXPECT_THAT(report.facts.tls_capabilities().lines(), Contains("AUTH PLAIN LOGIN"));
  EXPECT_EQ(report.facts.tls().version(), "TLSv1.3");
  EXPECT_GT(report.timings[StageIndex(v1::STAGE_EHLO2)].count(), 0);
  EXPECT_EQ(report.timings[StageIndex(v1::STAGE_EHLO)].count(), 0);
}

TEST_F(SmtpDialogueTest, StaysPlainWhereTlsIsNotAskedFor) {
  const Report report = Run({.replies = {{"EHLO", kPlainEhlo}}}, v1::SECURITY_NONE);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_TRUE(report.facts.starttls().offered());
  EXPECT_FALSE(report.facts.starttls().has_reply());
  EXPECT_THAT(heard(), Not(Contains("STARTTLS")));
}

TEST_F(SmtpDialogueTest, GoesOnInPlainWhereAutoFindsNoStartTls) {
  const Report report = Run(Answers{}, v1::SECURITY_AUTO);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_FALSE(report.facts.starttls().offered());
  EXPECT_EQ(report.facts.anonymous().foreign().state(), v1::CELL_STATE_ACCEPTED);
}

TEST_F(SmtpDialogueTest, StopsWithACourtesyQuitWhereStartTlsIsMissing) {
  const Report report = Run(Answers{}, v1::SECURITY_STARTTLS);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_STARTTLS);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_UNSPECIFIED);
  EXPECT_EQ(report.facts.ending(), v1::ENDING_QUIT);
  EXPECT_THAT(heard(), ElementsAre("EHLO client.example.com", "QUIT"));
  EXPECT_GT(report.timings[StageIndex(v1::STAGE_QUIT)].count(), 0);
}

TEST_F(SmtpDialogueTest, RecordsARefusedStartTls) {
  const Report report =
      Run({.replies = {{"EHLO", kPlainEhlo}, {"STARTTLS", "454 4.7.0 TLS not available\r\n"}}});
  EXPECT_EQ(report.facts.stage(), v1::STAGE_STARTTLS);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_UNSPECIFIED);
  EXPECT_EQ(report.facts.starttls().reply().code(), 454u);
  EXPECT_EQ(report.facts.starttls().reply().enhanced(), "4.7.0");
  EXPECT_THAT(heard(), ElementsAre("EHLO client.example.com", "STARTTLS", "QUIT"));
}

TEST_F(SmtpDialogueTest, FallsBackToHelo) {
  const Report report = Run({.replies = {{"EHLO", "502 5.5.1 What?\r\n"}}});
  EXPECT_TRUE(report.facts.helo_fallback());
  EXPECT_TRUE(report.facts.has_plain());
  EXPECT_THAT(report.facts.plain().lines(), IsEmpty());
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_THAT(heard(), Contains("HELO client.example.com"));
}

TEST_F(SmtpDialogueTest, IsRefusedWhereEhloAndHeloAre) {
  const Report report =
      Run({.replies = {{"EHLO", "550 5.7.1 No\r\n"}, {"HELO", "550 5.7.1 Not you either\r\n"}}});
  EXPECT_EQ(report.facts.stage(), v1::STAGE_EHLO);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(report.facts.refusal().text(), "Not you either");
  EXPECT_EQ(report.facts.ending(), v1::ENDING_QUIT);
  EXPECT_FALSE(report.facts.has_plain());
}

TEST_F(SmtpDialogueTest, DoesNotTryHeloAfterATemporaryRefusal) {
  const Report report = Run({.replies = {{"EHLO", "451 4.3.0 Later\r\n"}}});
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(report.facts.refusal().code(), 451u);
  EXPECT_THAT(heard(), ElementsAre("EHLO client.example.com", "QUIT"));
}

TEST_F(SmtpDialogueTest, IsRefusedByItsGreeting) {
  const Report report = Run({.greeting = "554-5.7.1 Blocked\r\n554 5.7.1 by a list\r\n"});
  EXPECT_EQ(report.facts.stage(), v1::STAGE_BANNER);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(report.facts.refusal().enhanced(), "5.7.1");
  EXPECT_EQ(report.facts.refusal().text(), "Blocked\nby a list");
  EXPECT_EQ(report.facts.greeting().code(), 554u);
  EXPECT_THAT(heard(), ElementsAre("QUIT"));
}

TEST_F(SmtpDialogueTest, EndsWithA421AtEveryStage) {
  struct Case {
    const char* verb;
    v1::Stage stage;
  };
  for (const Case& c : {Case{"EHLO", v1::STAGE_EHLO}, Case{"STARTTLS", v1::STAGE_STARTTLS},
                        Case{"TLS EHLO", v1::STAGE_EHLO2}, Case{"TLS MAIL", v1::STAGE_MAIL},
                        Case{"TLS RCPT", v1::STAGE_RCPT}, Case{"TLS RSET", v1::STAGE_RCPT}}) {
    Answers answers = FullServer(GoodCredential());
    answers.replies[c.verb] = "421 4.3.2 Closing\r\n";
    const Report report = Run(answers, v1::SECURITY_STARTTLS);
    EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED) << c.verb;
    EXPECT_EQ(report.facts.refusal().code(), 421u) << c.verb;
    EXPECT_EQ(report.facts.stage(), c.stage) << c.verb;
    EXPECT_EQ(report.facts.ending(), v1::ENDING_QUIT) << c.verb;
  }
}

TEST_F(SmtpDialogueTest, CallsItselfByAnAddressLiteralOrItsFqdn) {
  std::vector<std::string> heard;
  {
    const ScriptedServer server(Answering({.heard = &heard}));
    Request request = RequestFor(server.port());
    request.ehlo_name.clear();
    Run(request);
  }
  ASSERT_FALSE(heard.empty());
  EXPECT_THAT(heard.front(), ::testing::AnyOf("EHLO [127.0.0.1]", HasSubstr(".")));
}

TEST_F(SmtpDialogueTest, CannotBeMadeToSendABadArgument) {
  const ScriptedServer server(Answering({}));
  Request request = RequestFor(server.port());
  request.relay_test = {.from = "me@example.com>\r\nDATA", .own = "", .foreign = "you@example.org"};
  const Report report = Run(request);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_LOCAL);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_MAIL);
}

TEST_F(SmtpDialogueTest, DoesNotMindAServerThatHangsUpAtQuit) {
  const Report report = Run(Script([](Peer& peer) {
    peer.Say("220 hi\r\n");
    peer.Hear();
    peer.Say("250 mail\r\n");
    peer.Hear();
    peer.Reset();
  }));
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_EQ(report.facts.ending(), v1::ENDING_QUIT);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_UNSPECIFIED);
}

}  // namespace
}  // namespace relaywatch::probe
