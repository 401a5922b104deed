// `relaywatch probe` against a real Postfix and a real Dovecot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/mail_host.h"
#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ProbeTest : public MailHostTest {
 protected:
  // From `source`, with a relay test from example.com to example.net.
  Probed ProbeFrom(const std::string& source, std::uint16_t port,
                   const std::string& security = "auto") const {
    return Probe({MailHost::At(port), "--source", source, "--security", security, "--ca-file",
                  mail_->ca_file(), "--from", "a@example.com", "--to", "b@example.net"});
  }
};

TEST_F(ProbeTest, TellsWhatASubmissionPortOffers) {
  const Probed probed = ProbeFrom(kVpn, mail_->postfix().submission_port());

  EXPECT_EQ(probed.exit_code, 1) << probed.err;
  ASSERT_EQ(probed.documents.size(), 1u);
  const json& seen = probed.document();
  EXPECT_EQ(seen.at("stage"), "quit");
  EXPECT_EQ(seen.at("target").at("security"), "starttls");
  EXPECT_EQ(seen.at("starttls").at("offered"), true);
  EXPECT_EQ(seen.at("starttls").at("reply").at("code"), 220);
  EXPECT_EQ(seen.at("auth"),
            json::parse(R"({"plain": [], "tls": ["PLAIN", "LOGIN", "CRAM-MD5"]})"));
  EXPECT_EQ(seen.at("tls").at("version"), "TLSv1.3");
  EXPECT_EQ(seen.at("tls").at("verified"), true) << seen.at("tls");
  EXPECT_EQ(seen.at("tls").at("certificate").at("names"),
            json::parse(R"(["mail.example.com", "127.0.0.1"])"));
}

TEST_F(ProbeTest, TellsBothAuthSetsWhereTheyDiffer) {
  const Probed probed = ProbeFrom(kVpn, mail_->postfix().smtp_port());

  EXPECT_EQ(probed.document().at("auth"),
            json::parse(R"({"plain": ["CRAM-MD5"], "tls": ["PLAIN", "LOGIN", "CRAM-MD5"]})"));
}

TEST_F(ProbeTest, TellsTheRelayCells) {
  const Probed probed = ProbeFrom(kVpn, mail_->postfix().submission_port());

  const json& anonymous = probed.document().at("relay").at("anonymous");
  EXPECT_EQ(anonymous.at("own").at("state"), "accepted");
  EXPECT_EQ(anonymous.at("foreign").at("state"), "refused");
  EXPECT_EQ(anonymous.at("foreign").at("at"), "rcpt");
  EXPECT_EQ(anonymous.at("foreign").at("reply").at("code"), 454);
  EXPECT_EQ(anonymous.at("foreign").at("reply").at("enhanced"), "4.7.1");
  EXPECT_EQ(anonymous.at("foreign").at("reply").at("text"), "<b@example.net>: Relay access denied");
}

TEST_F(ProbeTest, TimesEveryStageThatRan) {
  const Probed probed = ProbeFrom(kVpn, mail_->postfix().submission_port());

  const json& timings = probed.document().at("timings_ms");
  double sum = 0;
  for (const char* stage : {"resolve", "connect", "banner", "ehlo", "starttls", "tls", "ehlo2",
                            "mail", "rcpt", "quit"}) {
    ASSERT_TRUE(timings.at(stage).is_number()) << stage << ": " << timings;
    EXPECT_GT(timings.at(stage).get<double>(), 0) << stage;
    sum += timings.at(stage).get<double>();
  }
  EXPECT_TRUE(timings.at("auth").is_null());
  EXPECT_LE(sum, timings.at("total").get<double>() * 1.001);
}

TEST_F(ProbeTest, JudgesEveryProfileOnce) {
  const Probed probed = ProbeFrom(kVpn, mail_->postfix().submission_port());

  std::vector<std::string> profiles;
  for (const json& judgement : probed.document().at("judgements")) {
    profiles.push_back(judgement.at("profile"));
  }
  EXPECT_THAT(profiles, ::testing::ElementsAre("outlook", "outlook-no-auth", "outlook-pop-first",
                                               "outlook-oauth", "thunderbird", "apple-mail", "k9"));
}

// The core scenario: the same client fits the server at one place and not at another.
TEST_F(ProbeTest, FindsThatTheBoxFitsOnlyOutsideTheOffice) {
  struct Case {
    const char* source;
    std::uint16_t port;
    const char* security;
    const char* outlook;
    const char* outlook_no_auth;
  };
  const Postfix& postfix = mail_->postfix();
  const Case cases[] = {
      {kOffice, postfix.smtp_port(), "starttls", "auth_not_offered", "ok"},
      {kOffice, postfix.submission_port(), "starttls", "auth_not_offered", "ok"},
      {kOffice, postfix.smtps_port(), "tls", "auth_not_offered", "ok"},
      {kVpn, postfix.smtp_port(), "starttls", "ok", "relay_denied"},
      {kVpn, postfix.submission_port(), "starttls", "ok", "relay_denied"},
      {kVpn, postfix.smtps_port(), "tls", "auth_mismatch", "relay_denied"},
      {kHome, postfix.smtp_port(), "starttls", "client_blocked", "client_blocked"},
      {kHome, postfix.submission_port(), "starttls", "ok", "relay_denied"},
      {kHome, postfix.smtps_port(), "tls", "auth_mismatch", "relay_denied"},
  };
  for (const Case& c : cases) {
    const Probed probed = ProbeFrom(c.source, c.port, c.security);
    EXPECT_EQ(probed.Verdict("outlook"), c.outlook) << c.source << ' ' << c.port << probed.err;
    EXPECT_EQ(probed.Verdict("outlook-no-auth"), c.outlook_no_auth) << c.source << ' ' << c.port;
  }
}

TEST_F(ProbeTest, NamesTheSettingAndTheErrorThatOutlookShows) {
  const auto judged = [](const Probed& probed, std::size_t profile) {
    return probed.document().at("judgements").at(profile).dump();
  };
  const Probed inside = ProbeFrom(kOffice, mail_->postfix().submission_port(), "starttls");
  EXPECT_THAT(judged(inside, 0), HasSubstr("0x800CCC80"));
  EXPECT_THAT(judged(inside, 0), HasSubstr("My outgoing server (SMTP) requires authentication"));

  const Probed outside = ProbeFrom(kVpn, mail_->postfix().submission_port(), "starttls");
  EXPECT_THAT(judged(outside, 1), HasSubstr("0x800CCC79"));
  EXPECT_THAT(judged(outside, 1), HasSubstr("My outgoing server (SMTP) requires authentication"));
}

TEST_F(ProbeTest, CallsARelayOpenWhereRefusalIsExpected) {
  const Probed probed = Probe({MailHost::At(mail_->postfix().smtp_port()), "--source", kOffice,
                               "--ca-file", mail_->ca_file(), "--from", "a@example.com", "--to",
                               "b@example.net", "--expect-relay", "refused"});

  EXPECT_EQ(probed.Verdict("outlook-no-auth"), "relay_open");
  EXPECT_EQ(probed.Verdict("outlook"), "auth_not_offered");
}

TEST_F(ProbeTest, ExitsZeroWhereTheProfileAskedForCanSend) {
  const Probed probed = Probe({MailHost::At(mail_->postfix().submission_port()), "--source", kVpn,
                               "--ca-file", mail_->ca_file(), "--profile", "outlook"});

  EXPECT_EQ(probed.exit_code, 0) << probed.documents;
}

TEST_F(ProbeTest, DoubtsACertificateOfAnUnknownCa) {
  const Probed probed = Probe({MailHost::At(mail_->postfix().submission_port()), "--source", kVpn});

  EXPECT_EQ(probed.Verdict("outlook"), "certificate_invalid");
  EXPECT_EQ(probed.document().at("tls").at("verified"), false);
  EXPECT_THAT(probed.document().at("tls").at("verify_error").get<std::string>(),
              StartsWith("untrusted:"));
  // The dialogue went on all the same: the facts are there.
  EXPECT_EQ(probed.document().at("auth").at("tls").size(), 3u);
}

TEST_F(ProbeTest, UnderstandsDovecotsSubmission) {
  const Probed probed = ProbeFrom(kVpn, mail_->dovecot().submission_port());

  EXPECT_EQ(probed.Verdict("outlook"), "ok");
  EXPECT_EQ(probed.Verdict("outlook-no-auth"), "auth_required");
  EXPECT_EQ(probed.document().at("relay").at("anonymous").at("foreign").at("at"), "mail");
}

TEST_F(ProbeTest, TellsWhatIsNoMailServer) {
  // Dovecot's POP3 greets with "+OK", which is no SMTP reply.
  const Probed probed = ProbeFrom(kVpn, mail_->dovecot().pop3_port(), "none");

  EXPECT_EQ(probed.exit_code, 1);
  EXPECT_EQ(probed.Verdict("outlook"), "not_smtp");
  EXPECT_EQ(probed.Stage("outlook"), "banner");
}

TEST_F(ProbeTest, TellsWhetherTheSameClientCouldReceive) {
  struct Case {
    std::uint16_t port;
    const char* protocol;
    json plain;
    json tls;
  };
  const Case cases[] = {
      {mail_->dovecot().imap_port(), "imap", json::array({"CRAM-MD5"}),
       json::array({"PLAIN", "LOGIN", "CRAM-MD5"})},
      {mail_->dovecot().pop3_port(), "pop3", json::array({"CRAM-MD5"}),
       json::array({"PLAIN", "LOGIN", "CRAM-MD5"})},
  };
  for (const Case& c : cases) {
    const Probed probed = Probe({MailHost::At(c.port), "--protocol", c.protocol, "--source", kVpn,
                                 "--ca-file", mail_->ca_file()});

    const json& seen = probed.document();
    EXPECT_EQ(seen.at("target").at("protocol"), c.protocol);
    EXPECT_EQ(seen.at("stage"), "quit") << c.protocol << probed.err;
    EXPECT_EQ(seen.at("tls").at("verified"), true) << c.protocol;
    EXPECT_EQ(seen.at("auth").at("plain"), c.plain) << c.protocol;
    EXPECT_EQ(seen.at("auth").at("tls"), c.tls) << c.protocol;
    EXPECT_EQ(probed.Verdict("outlook"), "ok") << c.protocol;
    EXPECT_TRUE(seen.at("relay").at("anonymous").at("foreign").at("state") == "untested")
        << seen.at("relay");
  }
}

}  // namespace
}  // namespace relaywatch::e2e
