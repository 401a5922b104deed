// `relaywatch probe` against a real Postfix with real helpers: a rule a port.
#include "tests/e2e/postfix_rules.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/e2e/private_network.h"
#include "tests/e2e/verdict_table.h"

namespace relaywatch::e2e {
namespace {

const std::string kOffice = "127.0.1.1";
const std::string kVpn = "127.0.2.1";
const std::string kListed = "127.0.3.1";

const std::vector<Row> kReached = {
    // postscreen: part of the greeting, a pause, the rest; or the door.
    {"screened", kVpn, "starttls", "outlook", "ok", ""},
    {"screened", kListed, "starttls", "outlook", "client_blocked", "banner"},
    {"few_connections", kVpn, "starttls", "outlook", "ok", ""},
    {"few_connections", kVpn, "starttls", "outlook", "rate_limited", "banner"},
    {"smtps", kVpn, "none", "outlook", "reply_timeout", "banner", {"--timeout", "1s"}},
};

const std::vector<Row> kTls = {
    {"no_starttls", kVpn, "starttls", "outlook", "starttls_missing", "starttls"},
    {"smtp", kVpn, "tls", "outlook", "not_smtp", "tls"},
    {"no_identity", kVpn, "starttls", "outlook", "tls_failed", "tls"},
    {"old_tls", kVpn, "starttls", "outlook", "tls_failed", "tls"},
    {"other_name", kVpn, "starttls", "outlook", "certificate_invalid", "tls"},
    {"submission", kVpn, "none", "outlook-no-auth", "tls_required", "mail"},
    {"submission", kVpn, "none", "outlook", "auth_not_offered", "auth"},
};

const std::vector<Row> kAuth = {
    {"smtp", kVpn, "starttls", "outlook", "ok", ""},
    {"submission", kVpn, "starttls", "outlook", "ok", ""},
    {"submission", kVpn, "starttls", "outlook-oauth", "ok", ""},
    {"tokens_only", kVpn, "starttls", "outlook-oauth", "ok", ""},
    {"tokens_only", kVpn, "starttls", "thunderbird", "ok", ""},
    {"tokens_only", kVpn, "starttls", "outlook", "auth_mismatch", "auth"},
    {"tokens_only", kVpn, "starttls", "apple-mail", "auth_mismatch", "auth"},
    {"challenge_only", kVpn, "starttls", "thunderbird", "ok", ""},
    {"challenge_only", kVpn, "starttls", "outlook", "auth_mismatch", "auth"},
    {"challenge_only", kVpn, "starttls", "outlook-oauth", "auth_mismatch", "auth"},
    {"no_auth", kVpn, "starttls", "outlook", "auth_not_offered", "auth"},
    // "Client host rejected: Access denied" and "Recipient address rejected: Access denied".
    {"submission", kVpn, "starttls", "outlook-no-auth", "auth_required", "rcpt"},
    {"smtps", kVpn, "tls", "outlook-no-auth", "auth_required", "rcpt"},
};

const std::vector<Row> kTransaction = {
    {"smtp", kOffice, "starttls", "outlook-no-auth", "ok", ""},
    {"smtp", kVpn, "starttls", "outlook-no-auth", "relay_denied", "rcpt"},
    {"smtp", kListed, "starttls", "outlook-no-auth", "client_blocked", "rcpt"},
    {"no_reverse_name", kVpn, "starttls", "outlook-no-auth", "client_blocked", "rcpt"},
    {"smtp", "127.0.6.1", "starttls", "outlook-no-auth", "service_unavailable", "rcpt"},
    {"few_recipients", kVpn, "starttls", "outlook-no-auth", "rate_limited", "rcpt"},
    {"greylist", kOffice, "starttls", "outlook-no-auth", "greylisted", "rcpt"},
    {"no_policy", kOffice, "starttls", "outlook-no-auth", "temporary_failure", "rcpt"},
    {"smtp",
     kOffice,
     "starttls",
     "outlook-no-auth",
     "relay_open",
     "rcpt",
     {"--expect-relay", "refused"}},
    {"smtp",
     kOffice,
     "starttls",
     "outlook-no-auth",
     "sender_refused",
     "rcpt",
     {"--from", "refused@example.com", "--to", "b@example.net"}},
    {"smtp",
     kOffice,
     "starttls",
     "outlook-no-auth",
     "recipient_refused",
     "rcpt",
     {"--from", "a@example.com", "--own", "unknown@example.com", "--to", "b@example.net"}},
};

TEST(PostfixRulesTest, GivesItsVerdicts) {
  if (geteuid() != 0) GTEST_SKIP() << "Postfix and Dovecot start as root only";
  const PrivateNetwork network;
  ASSERT_TRUE(network.is_up());
  const ServerCertificates certificates;
  const PostfixRules postfix(certificates);
  ASSERT_TRUE(postfix.is_up()) << postfix.Log();

  for (const auto* table : {&kReached, &kTls, &kAuth, &kTransaction}) {
    ExpectVerdicts(postfix.ports(), certificates.ca_file(), *table);
  }
}

}  // namespace
}  // namespace relaywatch::e2e
