// Logins to POP3 and IMAP: SASL where it is offered, the protocols' own commands where it is not.
#include "agent/probe/imap_reply.h"
#include "agent/probe/pop3_reply.h"
#include "tests/unit/probe/login_fixture.h"

namespace relaywatch::probe {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using namespace std::string_literals;

class MailboxLoginTest : public LoginFixture {
 protected:
  Report Pop3(const std::string& capa, std::vector<Turn> turns, const std::string& mechanism = "") {
    turns.insert(turns.begin(), {"CAPA", capa});
    turns.push_back({"QUIT", "+OK\r\n"});
    return LogIn(InTls("+OK hi\r\n", std::move(turns)), ImplicitTls(v1::PROTOCOL_POP3), mechanism);
  }
  Report Imap(const std::string& words, std::vector<Turn> turns,
              const std::string& mechanism = "") {
    turns.insert(turns.begin(),
                 {"a1 CAPABILITY", "* CAPABILITY IMAP4rev1 " + words + "\r\na1 OK\r\n"});
    turns.push_back({"a3 LOGOUT", "* BYE\r\na3 OK\r\n"});
    return LogIn(InTls("* OK hi\r\n", std::move(turns)), ImplicitTls(v1::PROTOCOL_IMAP), mechanism);
  }
};

const std::string kPlain = "BASE64:\0tim\0"s + kPassword;
const std::string kPasswordLine = "BASE64:"s + kPassword;

TEST_F(MailboxLoginTest, Pop3UsesSaslAndWaitsForTheServerFirst) {
  const Report report = Pop3("+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n",
                             {{"AUTH PLAIN", "+ \r\n"}, {kPlain, "+OK logged in\r\n"}});
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED) << report.facts.detail();
  EXPECT_EQ(report.facts.login().mechanism(), "PLAIN");
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_THAT(ClientLines(report), ElementsAre("CAPA", "AUTH PLAIN", "<secret>", "QUIT"));
}

TEST_F(MailboxLoginTest, Pop3UsesUserAndPassWhereNoSaslIsOffered) {
  for (const char* capa :
       {"+OK\r\nUSER\r\n.\r\n", "-ERR no CAPA\r\n", "+OK\r\nUSER\r\nSASL GSSAPI\r\n.\r\n"}) {
    const Report report =
        Pop3(capa, {{"USER tim", "+OK\r\n"}, {"PASS "s + kPassword, "+OK 3 messages\r\n"}});
    EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED) << report.facts.detail();
    EXPECT_EQ(report.facts.login().mechanism(), "LOGIN");
    EXPECT_THAT(ClientLines(report), ElementsAre("CAPA", "USER tim", "PASS <secret>", "QUIT"));
  }
}

TEST_F(MailboxLoginTest, Pop3MayRefuseTheUserOrThePassword) {
  const Report user = Pop3("+OK\r\nUSER\r\n.\r\n", {{"USER tim", "-ERR no such user\r\n"}});
  EXPECT_EQ(user.facts.login().state(), v1::LOGIN_STATE_REFUSED);
  EXPECT_EQ(user.facts.login().reply().text(), "no such user");
  const Report password = Pop3(
      "+OK\r\nUSER\r\n.\r\n",
      {{"USER tim", "+OK\r\n"}, {"PASS "s + kPassword, "-ERR [AUTH] "s + kPassword + "?\r\n"}});
  EXPECT_EQ(password.facts.login().reply().text(), "[AUTH] <secret>?");
  EXPECT_EQ(password.facts.login().reply().code(), 0U);
}

TEST_F(MailboxLoginTest, Pop3MayTakeItsWordBack) {
  const Report report =
      Pop3("+OK\r\nSASL PLAIN\r\n.\r\n",
           {{"AUTH PLAIN", "+ \r\n"}, {kPlain, "+OK in\r\n-ERR [SYS/TEMP] no mailbox\r\n"}});
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_AUTH);
  EXPECT_EQ(report.facts.refusal().text(), "[SYS/TEMP] no mailbox");
}

TEST_F(MailboxLoginTest, Pop3CancelsWhatItCannotAnswer) {
  const Report report = Pop3("+OK\r\nSASL CRAM-MD5\r\n.\r\n",
                             {{"AUTH CRAM-MD5", "+ ?\r\n"}, {"*", "-ERR cancelled\r\n"}});
  EXPECT_EQ(report.facts.login().reason(), "the server's challenge cannot be answered");
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
}

TEST_F(MailboxLoginTest, ImapSendsTheFirstMessageAlongWhereTheServerTakesIt) {
  for (const char* words : {"SASL-IR AUTH=PLAIN", "IMAP4rev2 AUTH=PLAIN"}) {
    const Report report =
        Imap(words, {{"a2 AUTHENTICATE PLAIN " + kPlain, "* CAPABILITY X\r\na2 OK in\r\n"}});
    EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED) << report.facts.detail();
    EXPECT_THAT(ClientLines(report), Contains("a2 AUTHENTICATE PLAIN <secret>"));
  }
}

TEST_F(MailboxLoginTest, ImapWaitsForTheServerOtherwise) {
  const Report report =
      Imap("AUTH=PLAIN", {{"a2 AUTHENTICATE PLAIN", "+\r\n"}, {kPlain, "a2 OK in\r\n"}});
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED) << report.facts.detail();
  const Report prompted =
      Imap("AUTH=LOGIN", {{"a2 AUTHENTICATE LOGIN", "+ VXNlciBOYW1lAA==\r\n"},
                          {"BASE64:tim", "* OK still here\r\n+ UGFzcw==\r\n"},
                          {kPasswordLine, "a2 NO [AUTHENTICATIONFAILED] no\r\n"}});
  EXPECT_EQ(prompted.facts.login().state(), v1::LOGIN_STATE_REFUSED) << prompted.facts.detail();
  EXPECT_EQ(prompted.facts.login().reply().text(), "[AUTHENTICATIONFAILED] no");
}

TEST_F(MailboxLoginTest, ImapUsesLoginWhereNoSaslIsOffered) {
  const Report report = Imap("", {{"a2 LOGIN \"tim\" \""s + kPassword + "\"", "a2 OK in\r\n"}});
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED) << report.facts.detail();
  EXPECT_EQ(report.facts.login().mechanism(), "LOGIN");
  EXPECT_THAT(ClientLines(report), Contains("a2 LOGIN \"tim\" <secret>"));
}

TEST_F(MailboxLoginTest, ImapMayForbidLogin) {
  const Report report =
      LogIn(InTls("* OK hi\r\n", {{"a1 CAPABILITY", "* CAPABILITY LOGINDISABLED\r\na1 OK\r\n"},
                                  {"a2 LOGOUT", "* BYE\r\na2 OK\r\n"}}),
            ImplicitTls(v1::PROTOCOL_IMAP));
  EXPECT_EQ(report.facts.login().reason(), "no mechanism is offered");
}

TEST_F(MailboxLoginTest, ImapSaysWhatDoesNotFitIntoLogin) {
  Request request = ImplicitTls(v1::PROTOCOL_IMAP);
  request.credentials = For("",
                            "gr\xc3\xbc\xc3\x9f"
                            "e");
  const Report report = LogIn(
      InTls("* OK hi\r\n", {{"a1 CAPABILITY", "a1 OK\r\n"}, {"a3 LOGOUT", "* BYE\r\na3 OK\r\n"}}),
      request);
  EXPECT_EQ(report.facts.login().reason(), "the user or password does not fit into this login");
}

TEST_F(MailboxLoginTest, ImapMayHangUp) {
  const Report report =
      LogIn(InTls("* OK hi\r\n", {{"a1 CAPABILITY", "* CAPABILITY AUTH=LOGIN\r\na1 OK\r\n"},
                                  {"a2 AUTHENTICATE LOGIN", "* BYE too many failures\r\n"}}),
            ImplicitTls(v1::PROTOCOL_IMAP));
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_AUTH);
  EXPECT_EQ(report.facts.refusal().text(), "too many failures");
}

TEST(Challenge, IsReadInAnswersToAuthAlone) {
  const auto pop3 = [](std::string_view bytes, Pop3ReplyParser::Kind kind) {
    Pop3ReplyParser parser(ReplyLimits{}, kind);
    parser.Feed(bytes);
    return parser;
  };
  using Kind = Pop3ReplyParser::Kind;
  for (const auto& [bytes, text] :
       {std::pair{"+ abc=\r\n", "abc="}, {"+ \r\n", ""}, {"+\r\n", ""}}) {
    const Pop3ReplyParser parser = pop3(bytes, Kind::kAuth);
    EXPECT_EQ(parser.state(), ReplyParser::State::kDone) << bytes;
    EXPECT_TRUE(parser.reply().more);
    EXPECT_EQ(parser.reply().text, text);
    EXPECT_EQ(pop3(bytes, Kind::kSingleLine).error(), ReplyError::kGrammar) << bytes;

    ImapReplyParser imap(ReplyLimits{}, ImapReplyParser::Kind::kAuth, "a1");
    imap.Feed(bytes);
    EXPECT_TRUE(imap.reply().more);
    EXPECT_EQ(imap.reply().text, text);
    ImapReplyParser other(ReplyLimits{}, ImapReplyParser::Kind::kReply, "a1");
    other.Feed(bytes);
    EXPECT_EQ(other.error(), ReplyError::kGrammar) << bytes;
  }
  EXPECT_TRUE(pop3("+OK in\r\n", Kind::kAuth).reply().positive);
  EXPECT_EQ(pop3("-ERR no\r\n", Kind::kAuth).reply().text, "no");
  EXPECT_EQ(pop3("+abc\r\n", Kind::kAuth).error(), ReplyError::kGrammar);
}

}  // namespace
}  // namespace relaywatch::probe
