// RCPT, a login elsewhere, RCPT again.
#include <atomic>

#include "tests/unit/probe/login_fixture.h"

namespace relaywatch::probe {
namespace {

using ::testing::Contains;

class PopBeforeSmtpTest : public LoginFixture {
 protected:
  // An SMTP server that relays for whoever logged in at a POP3 server that knows `known`.
  Report TestRelaying(const std::string& known) {
    std::atomic<bool> open = false;
    const ScriptedServer pop3([&](Peer& peer) {
      ++pop_dialogues_;
      if (!peer.StartTls(GoodCredential())) return;
      peer.Say("+OK hi\r\n");
      for (std::string line = peer.Hear(); !line.empty(); line = peer.Hear()) {
        if (line == "PASS " + known) open = true;
        peer.Say(line == "CAPA"             ? "+OK\r\nUSER\r\n.\r\n"
                 : line.starts_with("PASS") ? (open ? "+OK\r\n" : "-ERR no\r\n")
                                            : "+OK\r\n");
      }
    });
    const Script smtp = [&](Peer& peer) {
      if (++smtp_dialogues_ > open_dialogues_) open = false;
      peer.Say("220 mail ESMTP\r\n");
      for (std::string line = peer.Hear(); !line.empty(); line = peer.Hear()) {
        const bool is_foreign = line.find("RCPT TO:<you") == 0;
        peer.Say(is_foreign && !open ? "550 check for new mail first\r\n" : "250 ok\r\n");
      }
    };
    Request request = RequestFor(0);
    request.relay_test = {
        .from = "me@example.com", .own = "me@example.com", .foreign = "you@example.org"};
    request.pop_before_smtp = {.host = "127.0.0.1",
                               .port = pop3.port(),
                               .protocol = v1::PROTOCOL_POP3,
                               .security = v1::SECURITY_TLS};
    request.pop_window = watch_;
    request.login_gate = gate_;
    return LogIn(smtp, request);
  }

  std::atomic<int> smtp_dialogues_ = 0;
  std::atomic<int> pop_dialogues_ = 0;
  int open_dialogues_ = 100;  // the window closes after so many, the one before the login included
  PopWindowWatch watch_;
  std::shared_ptr<LoginGate> gate_;
};

class OnlyOnce final : public LoginGate {
 public:
  std::string Enter(const Credentials&) override { return entered_++ == 0 ? "" : "not now"; }
  void Leave(const Credentials&, const v1::Login& login) override { left.push_back(login.state()); }
  std::vector<v1::LoginState> left;

 private:
  int entered_ = 0;
};

TEST_F(PopBeforeSmtpTest, VisitsTheIncomingServerOnlyToLogIn) {
  const auto gate = std::make_shared<OnlyOnce>();
  gate_ = gate;
  EXPECT_TRUE(TestRelaying(kPassword).facts.has_after_pop_login());
  EXPECT_THAT(gate->left, ::testing::ElementsAre(v1::LOGIN_STATE_ACCEPTED));
  const Report second = TestRelaying(kPassword);
  EXPECT_EQ(second.facts.pop_login().reason(), "not now");
  EXPECT_FALSE(second.facts.has_after_pop_login());
  EXPECT_EQ(pop_dialogues_, 1);
  EXPECT_EQ(smtp_dialogues_, 3);
  EXPECT_EQ(gate->left.size(), 1U);
}

TEST_F(PopBeforeSmtpTest, TestsRelayingAgainAfterTheLogin) {
  const Report report = TestRelaying(kPassword);
  const v1::Facts& facts = report.facts;
  EXPECT_EQ(facts.anonymous().foreign().state(), v1::CELL_STATE_REFUSED);
  EXPECT_EQ(facts.pop_login().state(), v1::LOGIN_STATE_ACCEPTED) << facts.pop_login().reason();
  EXPECT_EQ(facts.after_pop_login().own().state(), v1::CELL_STATE_ACCEPTED);
  EXPECT_EQ(facts.after_pop_login().foreign().state(), v1::CELL_STATE_ACCEPTED);
  EXPECT_EQ(facts.login().reason(), "the login is spent at the incoming server");
  EXPECT_EQ(facts.protocol(), v1::PROTOCOL_SMTP);
  EXPECT_EQ(smtp_dialogues_, 2);
  EXPECT_THAT(ClientLines(report), Contains("PASS <secret>"));
}

TEST_F(PopBeforeSmtpTest, DoesNotWatchTheWindowUnasked) {
  EXPECT_FALSE(TestRelaying(kPassword).pop_window);
}

TEST_F(PopBeforeSmtpTest, WatchesTheWindowUntilItCloses) {
  watch_ = {.duration = std::chrono::minutes(1), .first_pause = std::chrono::milliseconds(1)};
  open_dialogues_ = 4;
  const Report report = TestRelaying(kPassword);
  EXPECT_EQ(report.facts.after_pop_login().foreign().state(), v1::CELL_STATE_ACCEPTED);
  ASSERT_TRUE(report.pop_window);
  EXPECT_TRUE(report.pop_window->closed);
  EXPECT_EQ(smtp_dialogues_, 5);
}

TEST_F(PopBeforeSmtpTest, WatchesNoLongerThanAsked) {
  watch_ = {.duration = std::chrono::milliseconds(3), .first_pause = std::chrono::milliseconds(1)};
  const Report report = TestRelaying(kPassword);
  ASSERT_TRUE(report.pop_window);
  EXPECT_FALSE(report.pop_window->closed);
}

TEST_F(PopBeforeSmtpTest, EndsWhereTheLoginIsRefused) {
  const Report report = TestRelaying("another password");
  EXPECT_EQ(report.facts.pop_login().state(), v1::LOGIN_STATE_REFUSED);
  EXPECT_FALSE(report.facts.has_after_pop_login());
  EXPECT_EQ(smtp_dialogues_, 1);
}

class OnlyOne final : public AddressFilter {
 public:
  std::string Refuse(const asio::ip::address& address) const override {
    return address.to_string() == "127.0.0.1" ? "" : address.to_string() + " is not for us";
  }
};

TEST_F(PopBeforeSmtpTest, LogsInAtNoForbiddenAddress) {
  Request request = RequestFor(0);
  request.relay_test = {.from = "me@example.com", .own = "me@example.com", .foreign = ""};
  request.pop_before_smtp = {.host = "127.0.0.2", .port = 1};
  request.address_filter = std::make_shared<OnlyOne>();
  const Report report = LogIn(Answering({}), request);
  EXPECT_FALSE(report.untried);
  EXPECT_EQ(report.facts.pop_login().reason(), "127.0.0.2 is not for us");
  ASSERT_EQ(report.forbidden.size(), 1u);
  EXPECT_EQ(report.forbidden[0].host, "127.0.0.2");
}

TEST_F(PopBeforeSmtpTest, SaysWhyThereWasNoLogin) {
  Request request = RequestFor(0);
  request.relay_test = {.from = "me@example.com", .own = "me@example.com", .foreign = ""};
  request.pop_before_smtp = {.host = "127.0.0.1", .port = 1};
  const Report report = LogIn(Answering({}), request);
  EXPECT_EQ(report.facts.pop_login().state(), v1::LOGIN_STATE_UNSPECIFIED);
  EXPECT_EQ(report.facts.pop_login().reason(), "Connection refused");
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
}

}  // namespace
}  // namespace relaywatch::probe
