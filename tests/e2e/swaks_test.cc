// A second opinion: swaks and `relaywatch probe`, sent from the same address to the same real
// server, must have heard the same, word for word; and what the probe reports as facts must be what
// swaks heard.
#include "tests/e2e/swaks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/exim.h"
#include "tests/e2e/mail_host.h"
#include "tests/e2e/nodemailer.h"
#include "tests/e2e/opensmtpd.h"
#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

using nlohmann::json;
using ::testing::EndsWith;
using ::testing::SizeIs;

Probed ProbeLikeSwaks(const Visit& visit) {
  return Probe({MailHost::At(visit.port), "--source", visit.source, "--security", visit.security,
                "--protocol", "smtp", "--ehlo", kEhloName, "--from", "a@example.com", "--to",
                "b@example.net", "--profile", "outlook-no-auth", "--transcript"});
}

// The offers in the clear and inside TLS, as facts, against the EHLO replies that swaks heard.
void ExpectSameCapabilities(const json& capabilities, const Exchanges& swaks, bool tls_first) {
  const char* state = tls_first ? "tls" : "plain";
  for (const Exchange& exchange : swaks) {
    if (exchange.command == "STARTTLS") state = "tls";
    if (!exchange.command.starts_with("EHLO")) continue;
    EXPECT_EQ(capabilities.at(state), json(exchange.Texts())) << state;
  }
}

// The reply to the last RCPT, where it was refused, is the foreign recipient's.
void ExpectSameRefusal(const json& foreign, const Exchange& last) {
  if (foreign.at("state") != "refused") return;
  EXPECT_EQ(foreign.at("reply").at("code"), std::stoi(last.reply.back()));
  EXPECT_EQ(foreign.at("at"), last.command.starts_with("RCPT") ? "rcpt" : "mail");
}

void ExpectAgreement(const Visit& visit) {
  SCOPED_TRACE(visit.source + " to port " + std::to_string(visit.port) + ", " + visit.security);
  const Exchanges swaks = HeardBySwaks(visit);
  const Probed probed = ProbeLikeSwaks(visit);
  ASSERT_THAT(probed.documents, SizeIs(1)) << probed.err;

  EXPECT_EQ(HeardByProbe(probed.document()), swaks);
  ExpectSameCapabilities(probed.document().at("capabilities"), swaks, visit.security == "tls");
  ExpectSameRefusal(probed.document().at("relay").at("anonymous").at("foreign"), swaks.back());
}

// What became of a login, against the last reply that swaks heard.
void ExpectSameOutcome(const json& login, const Exchange& last) {
  constexpr int kAccepted = 235;
  const int code = std::stoi(last.reply.back());
  EXPECT_EQ(login.at("state"), code == kAccepted ? "accepted" : "refused");
  if (code == kAccepted) return;
  EXPECT_EQ(login.at("reply").at("code"), code);
  // The enhanced code is a fact of its own; the words are the end of the line.
  EXPECT_THAT(last.reply.back(), EndsWith(login.at("reply").at("text").get<std::string>()));
}

void ExpectSameLogin(const Visit& visit, const std::string& ca_file) {
  const Account& account = *visit.login;
  SCOPED_TRACE(account.mechanism + " with the password " + account.password + " to port " +
               std::to_string(visit.port));
  const support::ScratchDirectory scratch;
  const Exchanges swaks = HeardBySwaks(visit);
  const Probed probed =
      Probe({MailHost::At(visit.port), "--source", visit.source, "--security", visit.security,
             "--protocol", "smtp", "--ehlo", kEhloName, "--ca-file", ca_file, "--transcript",
             "--user", account.user, "--password-file", scratch.Write("password", account.password),
             "--mechanism", account.mechanism});
  ASSERT_THAT(probed.documents, SizeIs(1)) << probed.err;

  EXPECT_EQ(HeardByProbe(probed.document()), swaks);
  ExpectSameOutcome(probed.document().at("login"), swaks.back());
}

// Accepted and refused, by each mechanism.
void ExpectSameLogins(const Visit& visit, const std::string& user, const std::string& ca_file) {
  for (const char* mechanism : {"LOGIN", "PLAIN", "CRAM-MD5"}) {
    for (const char* password : {"secret", "Canary-4711"}) {
      Visit login = visit;
      login.login = Account{user, password, mechanism};
      ExpectSameLogin(login, ca_file);
    }
  }
}

class SwaksTest : public MailHostTest {};

TEST_F(SwaksTest, HearsTheSameFromPostfix) {
  const Postfix& postfix = mail_->postfix();
  for (const char* source : {kOffice, kVpn, kHome}) {
    ExpectAgreement({postfix.smtp_port(), source, "none"});
    ExpectAgreement({postfix.smtp_port(), source, "starttls"});
    ExpectAgreement({postfix.submission_port(), source, "starttls"});
    ExpectAgreement({postfix.smtps_port(), source, "tls"});
  }
}

TEST_F(SwaksTest, HearsTheSameFromDovecotsSubmission) {
  ExpectAgreement({mail_->dovecot().submission_port(), kVpn, "none"});
  ExpectAgreement({mail_->dovecot().submission_port(), kVpn, "starttls"});
}

TEST_F(SwaksTest, LogsInAlikeAtPostfixAndDovecot) {
  ExpectSameLogins({mail_->postfix().submission_port(), kVpn, "starttls"}, "tim", mail_->ca_file());
  ExpectSameLogins({mail_->dovecot().submission_port(), kVpn, "starttls"}, "tim", mail_->ca_file());
}

TEST(SwaksOnOtherServersTest, LogsInAlikeAtExim) {
  if (geteuid() != 0) GTEST_SKIP() << "Exim starts as root only";
  const ServerCertificates certificates;
  const Exim exim(certificates);
  ASSERT_TRUE(exim.is_up()) << exim.Log();
  ExpectSameLogins({exim.ports().at("submission"), kVpn, "starttls"}, "user",
                   certificates.ca_file());
}

TEST(SwaksOnOtherServersTest, LogsInAlikeAtNodemailer) {
  if (!Nodemailer::IsThere()) GTEST_SKIP() << "no smtp-server: tests/e2e/fetch_servers.sh";
  const ServerCertificates certificates;
  const Nodemailer server(certificates);
  ASSERT_TRUE(server.is_up()) << server.Log();
  ExpectSameLogins({server.ports().at("submission"), kVpn, "starttls"}, "tim",
                   certificates.ca_file());
  ExpectSameLogins({server.ports().at("smtps"), kVpn, "tls"}, "tim", certificates.ca_file());
}

TEST(SwaksOnOtherServersTest, HearsTheSameFromExim) {
  if (geteuid() != 0) GTEST_SKIP() << "Exim starts as root only";
  const ServerCertificates certificates;
  const Exim exim(certificates);
  ASSERT_TRUE(exim.is_up()) << exim.Log();

  // The office, the VPN, a black list, greylisting and a relay that asks for POP3 first.
  for (const char* source : {"127.0.1.1", "127.0.2.1", "127.0.3.1", "127.0.5.1", "127.0.13.1"}) {
    ExpectAgreement({exim.ports().at("smtp"), source, "none"});
    ExpectAgreement({exim.ports().at("submission"), source, "starttls"});
  }
  ExpectAgreement({exim.ports().at("smtps"), kVpn, "tls"});
}

TEST(SwaksOnOtherServersTest, HearsTheSameFromOpenSmtpd) {
  if (geteuid() != 0) GTEST_SKIP() << "OpenSMTPD starts as root only";
  if (!OpenSmtpd::IsThere()) GTEST_SKIP() << "no OpenSMTPD: tests/e2e/fetch_servers.sh";
  const ServerCertificates certificates;
  const OpenSmtpd server(certificates);
  ASSERT_TRUE(server.is_up()) << server.Log();

  // The office, the VPN, a black list, greylisting.
  for (const char* source : {"127.0.1.1", "127.0.2.1", "127.0.3.1", "127.0.5.1"}) {
    ExpectAgreement({server.ports().at("smtp"), source, "none"});
    ExpectAgreement({server.ports().at("smtp"), source, "starttls"});
    ExpectAgreement({server.ports().at("submission"), source, "starttls"});
  }
  ExpectAgreement({server.ports().at("smtps"), kVpn, "tls"});
}

}  // namespace
}  // namespace relaywatch::e2e
