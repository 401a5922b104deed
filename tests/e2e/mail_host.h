// A mail host of real servers for one test: a CA, Dovecot, and Postfix that asks Dovecot for
// passwords. Confined to one thread.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/e2e/dovecot.h"
#include "tests/e2e/postfix.h"
#include "tests/support/certificates.h"
#include "tests/support/network.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

// Where clients stand, by Postfix's rules (postfix.h).
inline constexpr const char* kOffice = "127.0.1.1";
inline constexpr const char* kVpn = "127.0.2.1";
inline constexpr const char* kHome = "127.0.3.1";

class MailHost {
 public:
  explicit MailHost(Logins logins = Logins::kPasswords)
      : ca_file_(scratch_.Write("mail-ca.pem", ca_.certificate_pem())),
        dovecot_(identity_, {.logins = logins, .relay_port = smtp_port_}) {}

  bool is_up() const { return dovecot_.is_up() && postfix_.is_up(); }
  const Dovecot& dovecot() const { return dovecot_; }
  const Postfix& postfix() const { return postfix_; }
  Postfix& postfix() { return postfix_; }
  // Of the CA that both servers' certificates are from.
  const std::string& ca_file() const { return ca_file_; }

  static std::string At(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

 private:
  support::ScratchDirectory scratch_;
  support::CertificateAuthority ca_{"Mail CA"};
  support::Credential identity_ = ca_.Issue({.names = {"mail.example.com", "127.0.0.1"}});
  std::string ca_file_;
  const std::uint16_t smtp_port_ = support::FreePort();
  Dovecot dovecot_;
  Postfix postfix_{identity_, dovecot_.auth_socket(), smtp_port_};
};

// Tests that need one. Skipped without root: mail servers drop privileges, so they need some.
class MailHostTest : public ::testing::Test {
 protected:
  explicit MailHostTest(Logins logins = Logins::kPasswords) : logins_(logins) {}

  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "Postfix and Dovecot start as root only";
    mail_ = std::make_unique<MailHost>(logins_);
    ASSERT_TRUE(mail_->is_up()) << mail_->postfix().Log() << mail_->dovecot().Log();
  }

  std::unique_ptr<MailHost> mail_;

 private:
  const Logins logins_;
};

}  // namespace relaywatch::e2e
