// POP3 and IMAP: the same facts as SMTP, in their own words, without a login.
#include <gmock/gmock.h>

#include "tests/unit/probe/probe_fixture.h"

namespace relaywatch::probe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MailboxDialogueTest : public ProbeFixture {
 protected:
  Report RunAs(v1::Protocol protocol, Script script, v1::Security security = v1::SECURITY_AUTO) {
    const ScriptedServer server(std::move(script));
    Request request = RequestFor(server.port(), security);
    request.protocol = protocol;
    request.limits.banner = request.limits.reply = request.limits.tls = kShort;
    return Run(request);
  }
  Report Pop3(Script script, v1::Security security = v1::SECURITY_AUTO) {
    return RunAs(v1::PROTOCOL_POP3, std::move(script), security);
  }
  Report Imap(Script script, v1::Security security = v1::SECURITY_AUTO) {
    return RunAs(v1::PROTOCOL_IMAP, std::move(script), security);
  }
};

// Hears each line and gives its answer; an unexpected line fails the test.
struct Turn {
  std::string heard;
  std::string said;
};
void Play(Peer& peer, const std::vector<Turn>& turns) {
  for (const Turn& turn : turns) {
    EXPECT_EQ(peer.Hear(), turn.heard);
    peer.Say(turn.said);
  }
}

TEST_F(MailboxDialogueTest, Pop3GoesFromTheGreetingToQuit) {
  const Report report = Pop3(
      [](Peer& peer) {
        peer.Say("+OK Dovecot ready.\r\n");
        Play(peer, {{"CAPA", "+OK\r\nSTLS\r\nSASL\r\n.\r\n"}, {"STLS", "+OK Begin TLS\r\n"}});
        if (!peer.StartTls(GoodCredential())) return;
        Play(peer, {{"CAPA", "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n"}, {"QUIT", "+OK Bye\r\n"}});
      },
      v1::SECURITY_STARTTLS);
  const v1::Facts& facts = report.facts;
  EXPECT_EQ(facts.stage(), v1::STAGE_QUIT) << facts.detail();
  EXPECT_EQ(facts.ending(), v1::ENDING_QUIT);
  EXPECT_EQ(facts.greeting().code(), 0u);
  EXPECT_EQ(facts.greeting().text(), "Dovecot ready.");
  EXPECT_THAT(facts.plain().lines(), ElementsAre("STLS", "SASL"));
  EXPECT_TRUE(facts.starttls().offered());
  EXPECT_EQ(facts.starttls().reply().text(), "Begin TLS");
  EXPECT_THAT(facts.tls_capabilities().lines(), ElementsAre("USER", "SASL PLAIN"));
  EXPECT_EQ(facts.tls().version(), "TLSv1.3");
}

TEST_F(MailboxDialogueTest, Pop3MayKnowNoCapa) {
  const Report report = Pop3([](Peer& peer) {
    peer.Say("+OK\r\n");
    Play(peer, {{"CAPA", "-ERR Unknown command\r\n"}, {"QUIT", "+OK\r\n"}});
  });
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_TRUE(report.facts.has_plain());
  EXPECT_THAT(report.facts.plain().lines(), IsEmpty());
}

TEST_F(MailboxDialogueTest, Pop3MayRefuse) {
  const Report report = Pop3([](Peer& peer) {
    peer.Say("-ERR too many connections\r\n");
    Play(peer, {{"QUIT", "+OK\r\n"}});
  });
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_BANNER);
  EXPECT_EQ(report.facts.refusal().text(), "too many connections");
}

TEST_F(MailboxDialogueTest, Pop3StopsWhereStlsIsMissingOrRefused) {
  const Report missing = Pop3(
      [](Peer& peer) {
        peer.Say("+OK\r\n");
        Play(peer, {{"CAPA", "+OK\r\nUSER\r\n.\r\n"}, {"QUIT", "+OK\r\n"}});
      },
      v1::SECURITY_STARTTLS);
  EXPECT_EQ(missing.facts.stage(), v1::STAGE_STARTTLS);
  EXPECT_EQ(missing.facts.failure(), v1::FAILURE_UNSPECIFIED);
  const Report refused = Pop3([](Peer& peer) {
    peer.Say("+OK\r\n");
    Play(peer, {{"CAPA", "+OK\r\nSTLS\r\n.\r\n"}, {"STLS", "-ERR no\r\n"}, {"QUIT", "+OK\r\n"}});
  });
  EXPECT_EQ(refused.facts.stage(), v1::STAGE_STARTTLS);
  EXPECT_EQ(refused.facts.starttls().reply().text(), "no");
}

TEST_F(MailboxDialogueTest, Pop3MayNotSpeakUnasked) {
  const Report report = Pop3([](Peer& peer) {
    peer.Say("+OK\r\n+OK again\r\n");
    peer.WaitForClose();
  });
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_EARLY_BYTES);
}

TEST_F(MailboxDialogueTest, ImapGoesFromTheGreetingToLogout) {
  const Report report = Imap(
      [](Peer& peer) {
        peer.Say("* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n");
        Play(peer,
             {{"a1 CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n"},
              {"a2 STARTTLS", "a2 OK Begin TLS\r\n"}});
        if (!peer.StartTls(GoodCredential())) return;
        Play(peer, {{"a3 CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na3 OK done\r\n"},
                    {"a4 LOGOUT", "* BYE Logging out\r\na4 OK Logout\r\n"}});
      },
      v1::SECURITY_STARTTLS);
  const v1::Facts& facts = report.facts;
  EXPECT_EQ(facts.stage(), v1::STAGE_QUIT) << facts.detail();
  EXPECT_EQ(facts.greeting().text(), "[CAPABILITY IMAP4rev1] Dovecot ready.");
  EXPECT_THAT(facts.plain().lines(), ElementsAre("IMAP4rev1 STARTTLS LOGINDISABLED"));
  EXPECT_THAT(facts.tls_capabilities().lines(), ElementsAre("IMAP4rev1 AUTH=PLAIN"));
  EXPECT_EQ(facts.starttls().reply().text(), "Begin TLS");
}

TEST_F(MailboxDialogueTest, ImapMaySpeakUnasked) {
  const Report report = Imap([](Peer& peer) {
    peer.Say("* OK hi\r\n* OK [ALERT] maintenance\r\n");
    Play(peer, {{"a1 CAPABILITY", "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"},
                {"a2 LOGOUT", "* BYE\r\na2 OK\r\n"}});
  });
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT) << report.facts.detail();
  EXPECT_THAT(report.facts.plain().lines(), ElementsAre("IMAP4rev1"));
  const Report tagged = Imap([](Peer& peer) {
    peer.Say("* OK hi\r\na1 OK done\r\n");
    peer.WaitForClose();
  });
  EXPECT_EQ(tagged.facts.failure(), v1::FAILURE_EARLY_BYTES);
}

TEST_F(MailboxDialogueTest, ImapIsRefusedByABye) {
  const Report greeting = Imap([](Peer& peer) {
    peer.Say("* BYE no\r\n");
    peer.WaitForClose();
  });
  EXPECT_EQ(greeting.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(greeting.facts.stage(), v1::STAGE_BANNER);
  const Report later = Imap([](Peer& peer) {
    peer.Say("* OK hi\r\n");
    Play(peer, {{"a1 CAPABILITY", "* BYE shutting down\r\n"}});
    peer.WaitForClose();
  });
  EXPECT_EQ(later.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(later.facts.stage(), v1::STAGE_EHLO);
  EXPECT_EQ(later.facts.refusal().text(), "shutting down");
}

TEST_F(MailboxDialogueTest, ImapRefusesSmuggledBytes) {
  const Report report = Imap([](Peer& peer) {
    peer.Say("* OK hi\r\n");
    Play(peer, {{"a1 CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\n"},
                {"a2 STARTTLS", "a2 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"}});
    peer.WaitForClose();
  });
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_SMUGGLED_BYTES);
}

TEST_F(MailboxDialogueTest, TakesNoOtherProtocolForItsOwn) {
  const Script smtp = [](Peer& peer) {
    peer.Say("220 mail.example.com ESMTP\r\n");
    peer.WaitForClose();
  };
  EXPECT_EQ(Pop3(smtp).facts.failure(), v1::FAILURE_FOREIGN_PROTOCOL);
  EXPECT_EQ(Imap(smtp).facts.failure(), v1::FAILURE_FOREIGN_PROTOCOL);
}

TEST_F(MailboxDialogueTest, Pop3TakesAnErrorThatNobodyAskedForAsTheEnd) {
  const Report report = Pop3([](Peer& peer) {
    peer.Say("+OK ready\r\n");
    EXPECT_EQ(peer.Hear(), "CAPA");
    peer.Say("+OK\r\nUSER\r\n.\r\n-ERR [SYS/TEMP] Cannot open the mailbox\r\n");
    peer.WaitForClose();
  });
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(report.facts.refusal().text(), "[SYS/TEMP] Cannot open the mailbox");
}

}  // namespace
}  // namespace relaywatch::probe
