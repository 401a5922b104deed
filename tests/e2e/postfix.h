// A real Postfix of a test's own: configuration, queue and data in a scratch directory, loopback
// only, its log on stdout. It tells three networks apart as the mail server of an enterprise does:
//
//   127.0.1.0/24  office  no AUTH announced (smtpd_sasl_exceptions_networks), relaying (mynetworks)
//   127.0.2.0/24  vpn     AUTH, no relaying without
//   127.0.3.0/24  home    turned away on port smtp, AUTH on the others
//
// Anybody else is treated as the vpn is. example.com is its own domain, with any recipient.
// Only the user boss may send as boss@example.com.
// Needs root, as Postfix drops privileges. Confined to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

class Postfix {
 public:
  // `auth_socket`: Dovecot's. Starts it and waits until it answers; is_up() tells whether it does.
  Postfix(const support::Credential& identity, const std::string& auth_socket,
          std::uint16_t smtp_port);

  bool is_up() const { return up_; }
  // As port 25: opportunistic TLS; CRAM-MD5 before it, PLAIN, LOGIN and CRAM-MD5 inside.
  std::uint16_t smtp_port() const { return smtp_port_; }
  // As port 587: AUTH only inside TLS, and nothing but QUIT without it.
  std::uint16_t submission_port() const { return submission_port_; }
  // As port 465: TLS from the start; of the mechanisms only PLAIN.
  std::uint16_t smtps_port() const { return smtps_port_; }

  // Writes "name = value" lines into main.cf as `postconf -e` does, and has it read again. What
  // postconf complains about; empty where all is well.
  std::string Change(const std::vector<std::string>& assignments);
  // Stops and starts again, as an update of the package does; false where it does not come up.
  bool Restart();

  std::string Log() const { return process_->Out() + process_->Err(); }

 private:
  std::string Main(const std::string& identity_file, const std::string& auth_socket) const;
  std::string Master() const;
  bool Start();

  support::ScratchDirectory scratch_;
  std::uint16_t smtp_port_;
  std::uint16_t submission_port_;
  std::uint16_t smtps_port_;
  std::unique_ptr<support::Process> process_;
  bool up_ = false;
};

}  // namespace relaywatch::e2e
