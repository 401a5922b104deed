// A real Dovecot of a test's own: configuration, sockets and mail in a scratch directory, loopback
// only. Serves IMAP, POP3 and submission (which would relay to itself), and answers Postfix's SASL
// questions on a socket. Every user's password is "secret". Needs root, as Dovecot drops
// privileges. Confined to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

class Dovecot {
 public:
  // Starts it and waits until it answers; a failure to start is a failure of the test and is_up()
  // tells.
  explicit Dovecot(const support::Credential& identity);

  bool is_up() const { return up_; }
  std::uint16_t imap_port() const { return imap_port_; }
  std::uint16_t pop3_port() const { return pop3_port_; }
  std::uint16_t submission_port() const { return submission_port_; }
  // For smtpd_sasl_path: PLAIN, LOGIN and CRAM-MD5.
  std::string auth_socket() const { return scratch_ / "auth"; }
  std::string Log() const { return process_->Err(); }

 private:
  std::string Configuration(const std::string& identity_file) const;

  support::ScratchDirectory scratch_;
  std::uint16_t imap_port_;
  std::uint16_t pop3_port_;
  std::uint16_t submission_port_;
  std::unique_ptr<support::Process> process_;
  bool up_ = false;
};

}  // namespace relaywatch::e2e
