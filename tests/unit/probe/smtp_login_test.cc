// AUTH in SMTP: by which mechanism, in which form, and what becomes of it.
#include "tests/unit/probe/login_fixture.h"

namespace relaywatch::probe {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::string_literals;

class SmtpLoginTest : public LoginFixture {
 protected:
  // After EHLO with `offer`; a QUIT at the end is answered by nobody.
  Report Smtp(const std::string& offer, std::vector<Turn> turns,
              const std::string& mechanism = "") {
    return LogIn(Server(offer, std::move(turns)), Patient(), mechanism);
  }
  static Script Server(const std::string& offer, std::vector<Turn> turns) {
    const std::string auth = offer.empty() ? "" : "250-AUTH " + offer + "\r\n";
    turns.insert(turns.begin(),
                 {"EHLO client.example.com", "250-mail\r\n" + auth + "250 HELP\r\n"});
    turns.push_back({"QUIT", "221 bye\r\n"});
    return InTls("220 mail ESMTP\r\n", std::move(turns));
  }
  Request Patient() const { return ImplicitTls(); }
};

const std::string kPlain = "BASE64:\0tim\0"s + kPassword;

TEST_F(SmtpLoginTest, SendsPlainWithTheCommand) {
  const Report report = Smtp("PLAIN", {{"AUTH PLAIN " + kPlain, "235 2.7.0 welcome\r\n"}});
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT) << report.facts.detail();
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED);
  EXPECT_EQ(report.facts.login().mechanism(), "PLAIN");
  EXPECT_FALSE(report.facts.login().has_reply());
  EXPECT_THAT(ClientLines(report),
              ElementsAre("EHLO client.example.com", "AUTH PLAIN <secret>", "QUIT"));
  EXPECT_GT(report.timings[StageIndex(v1::STAGE_AUTH)].count(), 0);
}

TEST_F(SmtpLoginTest, AnswersThePromptsOfLogin) {
  const Report report = Smtp("PLAIN LOGIN", {{"AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"},
                                             {"BASE64:tim", "334 Password:\r\n"},
                                             {"BASE64:"s + kPassword, "235 ok\r\n"}});
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED) << report.facts.detail();
  EXPECT_EQ(report.facts.login().mechanism(), "LOGIN");
  EXPECT_THAT(ClientLines(report),
              ElementsAre("EHLO client.example.com", "AUTH LOGIN", "<secret>", "<secret>", "QUIT"));
}

TEST_F(SmtpLoginTest, AnswersTheChallengeOfCramMd5) {
  auto tim = std::make_shared<Credentials>(
      Credentials{.user = "tim", .password = Secret(std::string_view("tanstaaftanstaaf"))});
  Request request = Patient();
  request.credentials = tim;
  const Report report = LogIn(
      Server("CRAM-MD5",
             {{"AUTH CRAM-MD5", "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n"},
              {"BASE64:tim b913a602c7eda7a495b4e6e7334d3890", "235 ok\r\n"}}),
      request);
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED) << report.facts.detail();
}

TEST_F(SmtpLoginTest, KeepsTheReplyOfARefusal) {
  const Report report =
      Smtp("PLAIN", {{"AUTH PLAIN " + kPlain, "535-5.7.8 no\r\n535 5.7.8 such user\r\n"}});
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_REFUSED);
  EXPECT_EQ(report.facts.login().reply().code(), 535U);
  EXPECT_EQ(report.facts.login().reply().enhanced(), "5.7.8");
  EXPECT_EQ(report.facts.login().reply().text(), "no\nsuch user");
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_UNSPECIFIED);
}

TEST_F(SmtpLoginTest, GoesOnToTheNextMechanismAfter504Alone) {
  const Report unknown =
      Smtp("LOGIN PLAIN", {{"AUTH LOGIN", "504 5.5.4 Unrecognized authentication type\r\n"},
                           {"AUTH PLAIN " + kPlain, "235 ok\r\n"}});
  EXPECT_EQ(unknown.facts.login().state(), v1::LOGIN_STATE_ACCEPTED);
  EXPECT_EQ(unknown.facts.login().mechanism(), "PLAIN");
  EXPECT_THAT(unknown.facts.login().unknown_mechanisms(), ElementsAre("LOGIN"));

  const Report refused = Smtp("LOGIN PLAIN", {{"AUTH LOGIN", "535 no\r\n"}});
  EXPECT_EQ(refused.facts.login().mechanism(), "LOGIN");
  EXPECT_THAT(refused.facts.login().unknown_mechanisms(), IsEmpty());

  const Report last = Smtp("LOGIN", {{"AUTH LOGIN", "504 no\r\n"}});
  EXPECT_EQ(last.facts.login().state(), v1::LOGIN_STATE_REFUSED);
  EXPECT_EQ(last.facts.login().mechanism(), "LOGIN");
}

TEST_F(SmtpLoginTest, HoldsTheFirstMessageBackWhereTheServerDoesNotTakeIt) {
  const Report report = Smtp("PLAIN", {{"AUTH PLAIN " + kPlain, "501 5.5.4 Syntax: AUTH\r\n"},
                                       {"AUTH PLAIN", "334 \r\n"},
                                       {kPlain, "235 ok\r\n"}});
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED) << report.facts.detail();
}

TEST_F(SmtpLoginTest, HoldsALongFirstMessageBack) {
  const std::string token(1'500, 'T');
  Request request = Patient();
  request.credentials = For("XOAUTH2", token);
  const Report report = LogIn(Server("XOAUTH2", {{"AUTH XOAUTH2", "334\r\n"},
                                                 {"BASE64:user=tim\x01"
                                                  "auth=Bearer " +
                                                      token + "\x01\x01",
                                                  "235 ok\r\n"}}),
                              request);
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_ACCEPTED) << report.facts.detail();
}

TEST_F(SmtpLoginTest, EndsARefusedTokenAsItsMechanismWantsIt) {
  struct Case {
    const char* mechanism;
    const char* last_word;
  };
  const Case cases[] = {{"XOAUTH2", ""}, {"OAUTHBEARER", "BASE64:\x01"}};
  for (const Case& c : cases) {
    const Report report = LogIn(
        [&](Peer& peer) {
          if (!peer.StartTls(GoodCredential())) return;
          peer.Say("220 hi\r\n");
          Play(peer,
               {{"EHLO client.example.com", "250-mail\r\n250 AUTH "s + c.mechanism + "\r\n"}});
          EXPECT_THAT(peer.Hear(), StartsWith("AUTH "s + c.mechanism + " "));
          peer.Say("334 eyJzdGF0dXMiOiI0MDEifQ==\r\n");
          Play(peer, {{c.last_word, "535 5.7.8 token expired\r\n"}, {"QUIT", "221 bye\r\n"}});
        },
        Patient(), c.mechanism);
    EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_REFUSED) << c.mechanism;
    EXPECT_EQ(report.facts.login().reply().text(), "token expired");
  }
}

TEST_F(SmtpLoginTest, CancelsWhatItCannotAnswer) {
  const Report nonsense =
      Smtp("CRAM-MD5", {{"AUTH CRAM-MD5", "334 <not base64>\r\n"}, {"*", "501 cancelled\r\n"}});
  EXPECT_EQ(nonsense.facts.login().state(), v1::LOGIN_STATE_UNSPECIFIED);
  EXPECT_EQ(nonsense.facts.login().reason(), "the server's challenge cannot be answered");
  EXPECT_EQ(nonsense.facts.stage(), v1::STAGE_QUIT);

  const Report endless = Smtp("LOGIN", {{"AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"},
                                        {"BASE64:tim", "334 UGFzc3dvcmQ6\r\n"},
                                        {"BASE64:"s + kPassword, "334 QWdhaW46\r\n"},
                                        {"*", "501 cancelled\r\n"}});
  EXPECT_EQ(endless.facts.login().state(), v1::LOGIN_STATE_UNSPECIFIED);
}

TEST_F(SmtpLoginTest, ShowsNothingOfAPasswordThatTheServerSaysBack) {
  const std::string said = "535 no user tim with "s + kPassword + ", " +
                           std::string(ToBase64("\0tim\0"s + kPassword).view()) + "\r\n";
  const Report report = Smtp("PLAIN", {{"AUTH PLAIN " + kPlain, said}});
  EXPECT_EQ(report.facts.login().reply().text(), "no user tim with <secret>, <secret>");
}

TEST_F(SmtpLoginTest, StaysAwayFromAnUnsafeConnection) {
  std::vector<std::string> heard;
  for (const bool in_tls : {false, true}) {
    Answers answers{.replies = {{"EHLO", "250-mail\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"},
                                {"TLS EHLO", "250-mail\r\n250 AUTH PLAIN\r\n"},
                                {"STARTTLS", "220 go\r\n"}},
                    .credential = &GoodCredential(),
                    .heard = &heard};
    Request request = RequestFor(0, in_tls ? v1::SECURITY_STARTTLS : v1::SECURITY_NONE);
    request.server_name = "other.example.org";
    const Report report = LogIn(Answering(answers), request);
    EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_UNSPECIFIED);
    EXPECT_EQ(report.facts.login().reason(),
              in_tls ? "the certificate does not verify" : "not inside TLS");
    EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  }
  EXPECT_THAT(heard, Not(Contains(StartsWith("AUTH"))));
}

TEST_F(SmtpLoginTest, SaysWhyItDidNotTry) {
  struct Case {
    const char* offer;
    const char* mechanism;
    const char* reason;
  };
  const Case cases[] = {
      {"", "", "no mechanism is offered"},
      {"", "LOGIN", "LOGIN is not offered"},
      {"XOAUTH2 GSSAPI", "", "no mechanism for a password is offered"},
      {"PLAIN", "CRAM-MD5", "CRAM-MD5 is not offered"},
  };
  for (const Case& c : cases) {
    const Report report = Smtp(c.offer, {}, c.mechanism);
    EXPECT_EQ(report.facts.login().reason(), c.reason);
    EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_UNSPECIFIED);
    EXPECT_EQ(report.facts.login().mechanism(), "");
  }
}

TEST_F(SmtpLoginTest, TakesA421ForAnAnswerAndForTheEnd) {
  const Report report =
      Smtp("PLAIN", {{"AUTH PLAIN " + kPlain, "421 4.7.0 too many failures\r\n"}});
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_REFUSED);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_AUTH);
  EXPECT_EQ(report.facts.login().state(), v1::LOGIN_STATE_REFUSED);
  EXPECT_EQ(report.facts.login().reply().code(), 421U);
}

TEST_F(SmtpLoginTest, KnowsAtWhichStageTheConnectionWasLost) {
  const Report report = LogIn(
      [](Peer& peer) {
        if (!peer.StartTls(GoodCredential())) return;
        peer.Say("220 hi\r\n");
        Play(peer, {{"EHLO client.example.com", "250-mail\r\n250 AUTH LOGIN\r\n"}});
        EXPECT_EQ(peer.Hear(), "AUTH LOGIN");
      },
      Patient());
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_CLOSED) << report.facts.detail();
  EXPECT_EQ(report.facts.stage(), v1::STAGE_AUTH);
  EXPECT_EQ(report.facts.login().mechanism(), "LOGIN");
}

TEST_F(SmtpLoginTest, TestsRelayingAgainOnceLoggedIn) {
  Request request = Patient();
  request.relay_test = {
      .from = "me@example.com", .own = "me@example.com", .foreign = "you@example.org"};
  const Turn mail{"MAIL FROM:<me@example.com>", "250 ok\r\n"};
  const Turn own{"RCPT TO:<me@example.com>", "250 ok\r\n"};
  const Turn reset{"RSET", "250 ok\r\n"};
  const Report report = LogIn(Server("PLAIN", {mail,
                                               own,
                                               {"RCPT TO:<you@example.org>", "454 4.7.1 no\r\n"},
                                               reset,
                                               {"AUTH PLAIN " + kPlain, "235 ok\r\n"},
                                               mail,
                                               own,
                                               {"RCPT TO:<you@example.org>", "250 ok\r\n"},
                                               reset}),
                              request);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT) << report.facts.detail();
  EXPECT_EQ(report.facts.anonymous().foreign().state(), v1::CELL_STATE_REFUSED);
  EXPECT_EQ(report.facts.authenticated().own().state(), v1::CELL_STATE_ACCEPTED);
  EXPECT_EQ(report.facts.authenticated().foreign().state(), v1::CELL_STATE_ACCEPTED);
}

class Counting final : public LoginGate {
 public:
  std::string Enter(const Credentials&) override { return entered++ == 0 ? "" : "not now"; }
  void Leave(const Credentials&, const v1::Login& login) override { left.push_back(login.state()); }
  int entered = 0;
  std::vector<v1::LoginState> left;
};

TEST_F(SmtpLoginTest, AsksTheGateOnlyWhenItWouldTry) {
  const auto gate = std::make_shared<Counting>();
  Request request = Patient();
  request.login_gate = gate;
  LogIn(Server("", {}), request);
  EXPECT_EQ(gate->entered, 0);
  LogIn(Server("PLAIN", {{"AUTH PLAIN " + kPlain, "535 no\r\n"}}), request);
  EXPECT_THAT(gate->left, ElementsAre(v1::LOGIN_STATE_REFUSED));
  const Report third = LogIn(Server("PLAIN", {}), request);
  EXPECT_EQ(third.facts.login().reason(), "not now");
  EXPECT_EQ(gate->left.size(), 1U);
}

TEST_F(SmtpLoginTest, TellsHiddenAuthFromNone) {
  struct Case {
    std::vector<Turn> turns;
    v1::BlindAuthState state;
    std::uint32_t code;
  };
  const Case cases[] = {
      {{{"AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"}, {"*", "501 5.7.0 cancelled\r\n"}},
       v1::BLIND_AUTH_STATE_HIDDEN,
       0},
      {{{"AUTH LOGIN", "503 5.5.1 Error: authentication not enabled\r\n"}},
       v1::BLIND_AUTH_STATE_REFUSED,
       503},
      {{{"AUTH LOGIN", "502 5.5.2 Error: command not recognized\r\n"}},
       v1::BLIND_AUTH_STATE_REFUSED,
       502},
  };
  for (const Case& c : cases) {
    const ScriptedServer server(Server("", c.turns));
    Request request = Patient();
    request.port = server.port();
    request.blind_mechanism = "LOGIN";
    const Report report = Run(request);
    EXPECT_EQ(report.facts.blind_auth().state(), c.state) << report.facts.detail();
    EXPECT_EQ(report.facts.blind_auth().mechanism(), "LOGIN");
    EXPECT_EQ(report.facts.blind_auth().reply().code(), c.code);
    EXPECT_FALSE(report.facts.has_login());
    EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  }
}

TEST_F(SmtpLoginTest, LogsInToHiddenAuth) {
  Request request = Patient();
  request.blind_mechanism = "PLAIN";
  const Report accepted = LogIn(Server("", {{"AUTH PLAIN " + kPlain, "235 ok\r\n"}}), request);
  EXPECT_EQ(accepted.facts.login().state(), v1::LOGIN_STATE_ACCEPTED);
  EXPECT_EQ(accepted.facts.blind_auth().state(), v1::BLIND_AUTH_STATE_HIDDEN);
  const Report off = LogIn(Server("", {{"AUTH PLAIN " + kPlain, "503 not enabled\r\n"}}), request);
  EXPECT_EQ(off.facts.login().state(), v1::LOGIN_STATE_REFUSED);
  EXPECT_EQ(off.facts.blind_auth().state(), v1::BLIND_AUTH_STATE_REFUSED);
}

TEST_F(SmtpLoginTest, SendsNothingBlindlyWhereAuthIsAnnouncedOrTlsIsMissing) {
  Request announced = Patient();
  announced.blind_mechanism = "LOGIN";
  const ScriptedServer server(Server("PLAIN", {}));
  announced.port = server.port();
  EXPECT_FALSE(Run(announced).facts.has_blind_auth());

  std::vector<std::string> heard;
  {
    const ScriptedServer plain(Answering({.heard = &heard}));
    Request request = RequestFor(plain.port());
    request.blind_mechanism = "LOGIN";
    EXPECT_FALSE(Run(request).facts.has_blind_auth());
  }
  EXPECT_THAT(heard, Not(Contains(StartsWith("AUTH"))));
}

}  // namespace
}  // namespace relaywatch::probe
