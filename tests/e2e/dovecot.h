// A real Dovecot of a test's own: configuration, sockets and mail in a scratch directory, loopback
// only. Serves IMAP, POP3 and submission, and answers Postfix's SASL questions on a socket. Every
// user's password is "secret". Needs root, as Dovecot drops privileges. Confined to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

// What users may log in with: a password by PLAIN, LOGIN and CRAM-MD5, or all of SCRAM-SHA-1,
// SCRAM-SHA-256, and an access token (access_token.h) by XOAUTH2 and OAUTHBEARER, too.
enum class Logins { kPasswords, kAll };

struct DovecotOptions {
  Logins logins = Logins::kPasswords;
  std::uint16_t relay_port = 25;  // of the server that submission asks after each login
};

class Dovecot {
 public:
  // Starts it and waits until it answers; a failure to start is a failure of the test and is_up()
  // tells.
  explicit Dovecot(const support::Credential& identity, DovecotOptions options = {});

  bool is_up() const { return up_; }
  std::uint16_t imap_port() const { return imap_port_; }
  std::uint16_t pop3_port() const { return pop3_port_; }
  std::uint16_t submission_port() const { return submission_port_; }
  // For smtpd_sasl_path.
  std::string auth_socket() const { return scratch_ / "auth"; }
  // Who has logged in by POP3, as a Postfix table: a line "ADDRESS OK" each.
  std::string logged_in() const { return scratch_ / "logged_in"; }
  std::string Log() const { return process_->Err(); }

 private:
  std::string Configuration(const std::string& identity_file, const DovecotOptions& options) const;

  support::ScratchDirectory scratch_;
  std::uint16_t imap_port_;
  std::uint16_t pop3_port_;
  std::uint16_t submission_port_;
  std::unique_ptr<support::Process> process_;
  bool up_ = false;
};

}  // namespace relaywatch::e2e
