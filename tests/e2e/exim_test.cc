// `relaywatch probe` against a real Exim: what its rules for networks mean to a client.
#include "tests/e2e/exim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/e2e/programs.h"
#include "tests/e2e/verdict_table.h"

namespace relaywatch::e2e {
namespace {

const std::string kOffice = "127.0.1.1";
const std::string kVpn = "127.0.2.1";

const VerdictTable kReached = {
    {"smtp", "127.0.3.1", "auto", "outlook", "client_blocked", "banner"},
    {"smtp", "127.0.12.1", "auto", "outlook", "service_unavailable", "banner"},
    {"smtp", "127.0.15.1", "auto", "outlook", "service_unavailable", "ehlo"},
    {"smtp", "127.0.16.1", "auto", "outlook", "protocol_error", "ehlo"},
    {"smtps", kVpn, "none", "outlook", "reply_timeout", "banner", {"--timeout", "1s"}},
};

const VerdictTable kTls = {
    {"smtp", "127.0.8.1", "starttls", "outlook", "starttls_missing", "starttls"},
    {"smtp", "127.0.9.1", "starttls", "outlook", "starttls_refused", "starttls"},
    {"smtps", "127.0.9.1", "tls", "outlook", "connection_lost", "tls"},
    {"smtp", kVpn, "tls", "outlook", "not_smtp", "tls"},
    {"smtp", "127.0.10.1", "starttls", "outlook", "tls_failed", "tls"},
    {"smtps", "127.0.10.1", "tls", "outlook", "tls_failed", "tls"},
    {"smtp", "127.0.21.1", "starttls", "outlook", "certificate_invalid", "tls"},
    {"smtp", "127.0.22.1", "starttls", "outlook", "certificate_invalid", "tls"},
    {"smtp", "127.0.23.1", "starttls", "outlook", "certificate_invalid", "tls"},
    {"smtps", "127.0.24.1", "tls", "outlook", "certificate_invalid", "tls"},
};

const VerdictTable kAuth = {
    {"smtp", kVpn, "starttls", "outlook", "ok", ""},
    {"smtps", kVpn, "tls", "thunderbird", "ok", ""},
    {"smtp", kOffice, "starttls", "outlook", "auth_not_offered", "auth"},
    {"smtp", kVpn, "starttls", "outlook-oauth", "auth_mismatch", "auth"},
    {"smtp", kVpn, "none", "outlook", "auth_mismatch", "auth"},
    {"smtp", "127.0.7.1", "starttls", "outlook", "auth_mismatch", "auth"},
    {"smtp", "127.0.7.1", "starttls", "thunderbird", "ok", ""},
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
    {"smtp", kVpn, "starttls", "outlook-no-auth", "relay_denied", "rcpt"},
    {"smtps", kVpn, "tls", "outlook-pop-first", "relay_denied", "rcpt"},
    {"submission", kVpn, "starttls", "outlook-no-auth", "auth_required", "rcpt"},
    {"smtp", "127.0.11.1", "none", "outlook-no-auth", "tls_required", "rcpt"},
    {"smtp", "127.0.13.1", "starttls", "outlook-no-auth", "pop_before_smtp", "rcpt"},
    {"smtp", "127.0.14.1", "starttls", "outlook-no-auth", "client_blocked", "rcpt"},
    {"smtp", "127.0.4.1", "starttls", "outlook-no-auth", "rate_limited", "rcpt"},
    {"smtp", "127.0.5.1", "starttls", "outlook-no-auth", "greylisted", "rcpt"},
    {"smtp", "127.0.6.1", "starttls", "outlook-no-auth", "greylisted", "rcpt"},
    {"smtp",
     kOffice,
     "starttls",
     "outlook-no-auth",
     "sender_refused",
     "rcpt",
     {"--from", "nobody@example.com", "--own", "a@example.com", "--to", "b@example.net"}},
    {"smtp",
     kOffice,
     "starttls",
     "outlook-no-auth",
     "recipient_refused",
     "rcpt",
     {"--from", "a@example.com", "--own", "nobody@example.com", "--to", "b@example.net"}},
};

TEST(EximTest, GivesItsVerdicts) {
  if (geteuid() != 0) GTEST_SKIP() << "Exim starts as root only";
  const ServerCertificates certificates;
  const Exim exim(certificates);
  ASSERT_TRUE(exim.is_up()) << exim.Log();

  for (const auto* table : {&kReached, &kTls, &kAuth, &kRelay}) {
    ExpectVerdicts(exim.ports(), certificates.ca_file(), *table);
  }
}

TEST(EximTest, TellsWhatIsWrongWithACertificate) {
  if (geteuid() != 0) GTEST_SKIP() << "Exim starts as root only";
  const ServerCertificates certificates;
  const Exim exim(certificates);
  ASSERT_TRUE(exim.is_up()) << exim.Log();

  const std::string target = "127.0.0.1:" + std::to_string(exim.ports().at("smtps"));
  const std::pair<const char*, const char*> reasons[] = {{"127.0.21.1", "expired"},
                                                         {"127.0.22.1", "name_mismatch"},
                                                         {"127.0.23.1", "self_signed"},
                                                         {"127.0.24.1", "untrusted"}};
  for (const auto& [source, reason] : reasons) {
    const Probed probed = Probe(
        {target, "--source", source, "--security", "tls", "--ca-file", certificates.ca_file()});
    EXPECT_THAT(probed.document().at("tls").at("verify_error").get<std::string>(),
                ::testing::StartsWith(std::string(reason) + ":"));
  }
}

TEST(EximTest, ChecksPasswordsByEveryMechanism) {
  if (geteuid() != 0) GTEST_SKIP() << "Exim starts as root only";
  const ServerCertificates certificates;
  const Exim exim(certificates);
  ASSERT_TRUE(exim.is_up()) << exim.Log();
  const support::ScratchDirectory scratch;
  const std::string right = scratch.Write("right", "secret\n");
  const std::string wrong = scratch.Write("wrong", "guess\n");

  for (const std::string mechanism : {"PLAIN", "LOGIN", "CRAM-MD5"}) {
    const auto login = [&](const std::string& file) {
      return std::vector<std::string>{"--user", "user",        "--password-file",
                                      file,     "--mechanism", mechanism};
    };
    ExpectVerdicts(
        exim.ports(), certificates.ca_file(),
        {{"submission", kVpn, "starttls", "thunderbird", "ok", "", login(right)},
         {"submission", kVpn, "starttls", "thunderbird", "auth_rejected", "auth", login(wrong)},
         {"submission", "127.0.17.1", "starttls", "thunderbird", "auth_disabled", "auth",
          login(right)}});
  }
}

}  // namespace
}  // namespace relaywatch::e2e
