// A second opinion: swaks and `relaywatch probe`, sent from the same address to the same real
// server, must have heard the same, word for word; and what the probe reports as facts must be what
// swaks heard.
#include "tests/e2e/swaks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/exim.h"
#include "tests/e2e/mail_host.h"
#include "tests/e2e/opensmtpd.h"
#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

using nlohmann::json;
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
