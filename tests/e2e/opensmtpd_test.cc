// `relaywatch probe` against a real OpenSMTPD: what its ports and rules mean to a client.
#include "tests/e2e/opensmtpd.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/e2e/verdict_table.h"

namespace relaywatch::e2e {
namespace {

const std::string kOffice = "127.0.1.1";
const std::string kVpn = "127.0.2.1";

const VerdictTable kReached = {
    {"smtp", "127.0.3.1", "auto", "outlook", "client_blocked", "banner"},
    {"smtp", "127.0.6.1", "auto", "outlook", "service_unavailable", "ehlo"},
    {"smtps", kVpn, "none", "outlook", "reply_timeout", "banner", {"--timeout", "1s"}},
    {"plain", kVpn, "tls", "outlook", "not_smtp", "tls"},
    {"plain", kVpn, "starttls", "outlook", "starttls_missing", "starttls"},
    {"expired_identity", kVpn, "starttls", "outlook", "certificate_invalid", "tls"},
};

const VerdictTable kAuth = {
    {"submission", kVpn, "starttls", "outlook", "ok", ""},
    {"submission", kVpn, "starttls", "outlook-oauth", "auth_mismatch", "auth"},
    {"submission", kVpn, "none", "outlook", "auth_not_offered", "auth"},
    {"submission", kVpn, "none", "outlook-no-auth", "tls_required", "mail"},
    {"submission", kVpn, "starttls", "outlook-no-auth", "auth_required", "mail"},
    {"smtps", kVpn, "tls", "thunderbird", "ok", ""},
    {"optional", kVpn, "none", "outlook", "auth_not_offered", "auth"},
    {"smtp", kVpn, "starttls", "outlook", "auth_not_offered", "auth"},
};

const VerdictTable kRelay = {
    {"smtp", kOffice, "starttls", "outlook-no-auth", "ok", ""},
    {"smtp",
     kOffice,
     "starttls",
     "outlook-no-auth",
     "relay_open",
     "rcpt",
     {"--expect-relay", "refused"}},
    // "550 Invalid recipient", which speaks of no relaying.
    {"optional", kVpn, "starttls", "outlook-no-auth", "relay_denied", "rcpt"},
    {"smtps", kVpn, "tls", "outlook-pop-first", "relay_denied", "rcpt"},
    {"smtp",
     kVpn,
     "starttls",
     "outlook-no-auth",
     "recipient_refused",
     "rcpt",
     {"--from", "a@example.net"}},
    {"smtp", "127.0.4.1", "starttls", "outlook-no-auth", "rate_limited", "rcpt"},
    {"smtp", "127.0.5.1", "starttls", "outlook-no-auth", "greylisted", "rcpt"},
    {"smtp", "127.0.7.1", "starttls", "outlook-no-auth", "pop_before_smtp", "rcpt"},
    {"smtp",
     kVpn,
     "starttls",
     "outlook-no-auth",
     "sender_refused",
     "mail",
     {"--from", "nobody@example.com"}},
};

TEST(OpenSmtpdTest, GivesItsVerdicts) {
  if (geteuid() != 0) GTEST_SKIP() << "OpenSMTPD starts as root only";
  if (!OpenSmtpd::IsThere()) GTEST_SKIP() << "no OpenSMTPD: tests/e2e/fetch_servers.sh";
  const ServerCertificates certificates;
  const OpenSmtpd server(certificates);
  ASSERT_TRUE(server.is_up()) << server.Log();

  for (const auto* table : {&kReached, &kAuth, &kRelay}) {
    ExpectVerdicts(server.ports(), certificates.ca_file(), *table);
  }
}

}  // namespace
}  // namespace relaywatch::e2e
