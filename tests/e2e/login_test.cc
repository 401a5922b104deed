// `relaywatch probe` logs in to a real Postfix (passwords by Dovecot) and a real Dovecot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/mail_host.h"
#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPassword = "secret";  // every user's (dovecot.h)
constexpr const char* kWrong = "Canary-4711";

class LoginTest : public MailHostTest {
 protected:
  // As a user with that password, with a relay test unless `from` is empty.
  Probed LogIn(std::uint16_t port, std::vector<std::string> more, const char* password = kPassword,
               const std::string& from = "a@example.com", const char* source = kVpn) {
    const std::string file = scratch_.Write("password", std::string(password) + "\n");
    std::vector<std::string> arguments = {
        MailHost::At(port), "--source", source, "--ca-file",       mail_->ca_file(),
        "--transcript",     "--user",   "tim",  "--password-file", file};
    if (!from.empty()) {
      arguments.insert(arguments.end(), {"--from", from, "--to", "b@example.net"});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Probe(std::move(arguments));
  }

  support::ScratchDirectory scratch_;
};

// Whatever is printed, the password is not in it, in no form.
void ExpectNoPassword(const Probed& probed, const std::string& password,
                      const std::string& base64) {
  const std::string all = probed.documents.dump() + probed.err;
  EXPECT_THAT(all, Not(HasSubstr(password)));
  EXPECT_THAT(all, Not(HasSubstr(base64)));
}

TEST_F(LoginTest, IsAcceptedByPostfixWithEveryMechanism) {
  const Postfix& postfix = mail_->postfix();
  struct Case {
    std::uint16_t port;
    const char* wanted;
    const char* mechanism;
  };
  const Case cases[] = {{postfix.submission_port(), "", "LOGIN"},
                        {postfix.submission_port(), "PLAIN", "PLAIN"},
                        {postfix.submission_port(), "cram-md5", "CRAM-MD5"},
                        {postfix.smtp_port(), "", "LOGIN"}};
  for (const Case& c : cases) {
    const Probed probed =
        *c.wanted == '\0' ? LogIn(c.port, {}) : LogIn(c.port, {"--mechanism", c.wanted});
    const json& seen = probed.document();
    EXPECT_EQ(seen.at("login").at("state"), "accepted") << seen.at("login") << probed.err;
    EXPECT_EQ(seen.at("login").at("mechanism"), c.mechanism);
    EXPECT_TRUE(seen.at("login").at("reply").is_null());
    EXPECT_TRUE(seen.at("timings_ms").at("auth").is_number());
    EXPECT_EQ(probed.Verdict("outlook"), "ok") << probed.document();
    EXPECT_EQ(probed.Verdict("outlook-no-auth"), "relay_denied");
  }
}

TEST_F(LoginTest, TellsWhatThoseMayWhoLoggedIn) {
  const Probed probed = LogIn(mail_->postfix().submission_port(), {});

  const json& relay = probed.document().at("relay");
  EXPECT_EQ(relay.at("anonymous").at("foreign").at("state"), "refused");
  EXPECT_EQ(relay.at("authenticated").at("own").at("state"), "accepted");
  EXPECT_EQ(relay.at("authenticated").at("foreign").at("state"), "accepted");
}

TEST_F(LoginTest, IsRefusedForAWrongPassword) {
  const Probed probed = LogIn(mail_->postfix().submission_port(), {}, kWrong);

  const json& login = probed.document().at("login");
  EXPECT_EQ(login.at("state"), "refused");
  EXPECT_EQ(login.at("reply").at("code"), 535);
  EXPECT_EQ(login.at("reply").at("enhanced"), "5.7.8");
  EXPECT_EQ(probed.Verdict("outlook"), "auth_rejected");
  EXPECT_EQ(probed.Verdict("thunderbird"), "auth_rejected");
  EXPECT_EQ(probed.Verdict("outlook-no-auth"), "relay_denied");
  EXPECT_EQ(probed.document().at("relay").at("authenticated").at("own").at("state"), "untested");
  ExpectNoPassword(probed, kWrong, "Q2FuYXJ5LTQ3MTE");
}

TEST_F(LoginTest, ShowsThePasswordInNoForm) {
  const std::string file = scratch_.Write("password", kWrong);
  for (const char* form : {"text", "json", "ndjson", "csv"}) {
    const auto completed = support::RunToEnd(
        {.argv = {kRelaywatch, "probe", MailHost::At(mail_->postfix().submission_port()),
                  "--source", kVpn, "--ca-file", mail_->ca_file(), "--user", "tim",
                  "--password-file", file, "--transcript", "--output", form}});
    EXPECT_EQ(completed.exit_code, 1) << completed.err;
    EXPECT_THAT(completed.out, HasSubstr("auth_rejected")) << form;
    EXPECT_THAT(completed.out + completed.err, Not(HasSubstr(kWrong))) << form;
    EXPECT_THAT(completed.out + completed.err, Not(HasSubstr("Q2FuYXJ5LTQ3MTE"))) << form;
  }
}

TEST_F(LoginTest, FindsThatTheSenderIsNotTheUsersOwn) {
  const Probed probed =
      LogIn(mail_->postfix().submission_port(), {}, kPassword, "boss@example.com");

  EXPECT_EQ(probed.document().at("login").at("state"), "accepted");
  EXPECT_EQ(probed.Verdict("outlook"), "sender_refused") << probed.document().at("relay");
}

TEST_F(LoginTest, DoesNotHappenBehindABadCertificate) {
  const std::string file = scratch_.Write("password", kWrong);
  const Probed probed = Probe({MailHost::At(mail_->postfix().submission_port()), "--source", kVpn,
                               "--user", "tim", "--password-file", file, "--transcript"});

  EXPECT_EQ(probed.document().at("login").at("state"), "untested");
  EXPECT_EQ(probed.document().at("login").at("reason"), "the certificate does not verify");
  EXPECT_THAT(probed.document().at("transcript").dump(), Not(HasSubstr("AUTH LOGIN\"")));
}

TEST_F(LoginTest, HappensOnceARun) {
  const Probed probed = LogIn(mail_->postfix().submission_port(), {"--repeat", "3"});

  ASSERT_EQ(probed.documents.size(), 3U) << probed.err;
  int accepted = 0;
  for (const json& document : probed.documents) {
    const json& login = document.at("login");
    if (login.at("state") == "accepted") {
      ++accepted;
    } else {
      EXPECT_EQ(login.at("reason"), "one login a run");
    }
  }
  EXPECT_EQ(accepted, 1);
}

TEST_F(LoginTest, IsAcceptedByDovecot) {
  const Dovecot& dovecot = mail_->dovecot();
  struct Case {
    std::uint16_t port;
    const char* protocol;
    const char* mechanism;
  };
  const Case cases[] = {
      {dovecot.submission_port(), "smtp", "LOGIN"},    {dovecot.submission_port(), "smtp", "PLAIN"},
      {dovecot.submission_port(), "smtp", "CRAM-MD5"}, {dovecot.imap_port(), "imap", "LOGIN"},
      {dovecot.imap_port(), "imap", "PLAIN"},          {dovecot.imap_port(), "imap", "CRAM-MD5"},
      {dovecot.imap_port(), "imap", "SCRAM-SHA-1"},    {dovecot.pop3_port(), "pop3", "LOGIN"},
      {dovecot.pop3_port(), "pop3", "PLAIN"},          {dovecot.pop3_port(), "pop3", "CRAM-MD5"},
      {dovecot.pop3_port(), "pop3", "SCRAM-SHA-256"},
  };
  for (const Case& c : cases) {
    const Probed probed =
        LogIn(c.port, {"--protocol", c.protocol, "--mechanism", c.mechanism}, kPassword, "");
    const json& login = probed.document().at("login");
    const bool is_offered = std::string(c.mechanism).rfind("SCRAM", 0) != 0;
    EXPECT_EQ(login.at("state"), is_offered ? "accepted" : "untested") << c.protocol << login;
    EXPECT_EQ(probed.document().at("stage"), "quit") << c.protocol << probed.documents;
    EXPECT_EQ(probed.Verdict("outlook"), "ok") << c.protocol;
  }
}

TEST_F(LoginTest, IsRefusedByDovecotForAWrongPassword) {
  const Dovecot& dovecot = mail_->dovecot();
  struct Case {
    std::uint16_t port;
    const char* protocol;
  };
  for (const Case& c : {Case{dovecot.imap_port(), "imap"}, Case{dovecot.pop3_port(), "pop3"}}) {
    const Probed probed = LogIn(c.port, {"--protocol", c.protocol}, kWrong);
    const json& login = probed.document().at("login");
    EXPECT_EQ(login.at("state"), "refused") << c.protocol << login;
    EXPECT_TRUE(login.at("reply").at("code").is_null());
    EXPECT_EQ(probed.Verdict("outlook"), "auth_rejected") << c.protocol;
    ExpectNoPassword(probed, kWrong, "Q2FuYXJ5LTQ3MTE");
  }
}

// Inside the office Postfix announces no AUTH, and yet takes it.
TEST_F(LoginTest, FindsAuthThatIsOnlyHidden) {
  const std::uint16_t port = mail_->postfix().submission_port();
  const Probed asked = Probe(
      {MailHost::At(port), "--source", kOffice, "--ca-file", mail_->ca_file(), "--blind-auth"});
  EXPECT_EQ(asked.document().at("blind_auth").at("state"), "hidden");
  EXPECT_EQ(asked.document().at("login").at("state"), "untested");
  EXPECT_EQ(asked.Verdict("outlook"), "auth_not_offered");
  EXPECT_THAT(asked.document().at("findings").dump(), HasSubstr("smtpd_sasl_exceptions_networks"));

  const Probed logged_in = LogIn(port, {"--blind-auth"}, kPassword, "a@example.com", kOffice);
  EXPECT_EQ(logged_in.document().at("blind_auth").at("state"), "hidden");
  EXPECT_EQ(logged_in.document().at("login").at("state"), "accepted");
  EXPECT_EQ(logged_in.Verdict("outlook"), "auth_not_offered");
}

// This Postfix lets nobody relay for having fetched mail, and that is what is found.
TEST_F(LoginTest, TestsRelayingAgainAfterAPopLogin) {
  const std::uint16_t port = mail_->postfix().submission_port();
  const std::string pop3 = "pop3://" + MailHost::At(mail_->dovecot().pop3_port());
  const Probed probed = LogIn(port, {"--pop-before-smtp", pop3});
  const json& seen = probed.document();
  EXPECT_EQ(seen.at("pop_login").at("state"), "accepted") << seen.at("pop_login");
  EXPECT_EQ(seen.at("login").at("state"), "untested");
  EXPECT_EQ(seen.at("relay").at("after_pop_login").at("own").at("state"), "accepted");
  EXPECT_EQ(seen.at("relay").at("after_pop_login").at("foreign").at("state"), "refused");
  EXPECT_EQ(probed.Verdict("outlook-pop-first"), "relay_denied");
}

}  // namespace
}  // namespace relaywatch::e2e
