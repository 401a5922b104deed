// `relaywatch probe` against a real Dovecot: whether a client could receive, and its submission.
#include "tests/e2e/dovecot.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/e2e/server_certificates.h"
#include "tests/e2e/verdict_table.h"

namespace relaywatch::e2e {
namespace {

const std::string kClient = "127.0.2.1";
const std::vector<std::string> kImap = {"--protocol", "imap"};
const std::vector<std::string> kPop3 = {"--protocol", "pop3"};

const std::vector<Row> kRows = {
    {"imap", kClient, "starttls", "outlook", "ok", "", kImap},
    {"imap", kClient, "none", "outlook", "tls_required", "auth", kImap},
    {"imap", kClient, "none", "thunderbird", "ok", "", kImap},  // CRAM-MD5
    {"imap", kClient, "starttls", "outlook-oauth", "auth_mismatch", "auth", kImap},
    {"pop3", kClient, "starttls", "outlook", "ok", "", kPop3},
    {"pop3", kClient, "none", "outlook", "tls_required", "auth", kPop3},
    {"submission", kClient, "starttls", "outlook", "ok", ""},
    {"submission", kClient, "starttls", "outlook-no-auth", "auth_required", "mail"},
    {"submission", kClient, "none", "outlook", "auth_mismatch", "auth"},
    {"imap", kClient, "none", "outlook", "not_smtp", "banner"},
    {"pop3", kClient, "none", "outlook", "not_smtp", "banner"},
};

TEST(DovecotTest, GivesItsVerdicts) {
  if (geteuid() != 0) GTEST_SKIP() << "Dovecot starts as root only";
  const ServerCertificates certificates;
  const Dovecot dovecot(certificates.good_identity());
  ASSERT_TRUE(dovecot.is_up()) << dovecot.Log();

  ExpectVerdicts({{"imap", dovecot.imap_port()},
                  {"pop3", dovecot.pop3_port()},
                  {"submission", dovecot.submission_port()}},
                 certificates.ca_file(), kRows);
}

TEST(DovecotTest, IsDoubtedWithACertificateOfItsOwn) {
  if (geteuid() != 0) GTEST_SKIP() << "Dovecot starts as root only";
  const ServerCertificates certificates;
  const Dovecot dovecot(support::SelfSigned({.names = {"mail.example.com", "127.0.0.1"}}));
  ASSERT_TRUE(dovecot.is_up()) << dovecot.Log();

  ExpectVerdicts({{"imap", dovecot.imap_port()}, {"pop3", dovecot.pop3_port()}},
                 certificates.ca_file(),
                 {{"imap", kClient, "starttls", "outlook", "certificate_invalid", "tls", kImap},
                  {"pop3", kClient, "starttls", "outlook", "certificate_invalid", "tls", kPop3}});
}

}  // namespace
}  // namespace relaywatch::e2e
