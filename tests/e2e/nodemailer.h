// A real smtp-server of nodemailer's, as nodemailer/server.js sets it up, on loopback. A mail
// server of another family than Postfix and Dovecot that takes access tokens; its user tim has the
// password "secret". Needs Node.js and tests/e2e/fetch_servers.sh. Confined to one thread.
#pragma once

#include <memory>
#include <string>

#include "tests/e2e/server_certificates.h"
#include "tests/e2e/verdict_table.h"
#include "tests/support/process.h"

namespace relaywatch::e2e {

class Nodemailer {
 public:
  // tim's, in server.js.
  static constexpr const char* kToken = "an-access-token-of-tim";

  // Whether fetch_servers.sh got it.
  static bool IsThere();

  // Starts it and waits until it answers; is_up() tells whether it does.
  explicit Nodemailer(const ServerCertificates& certificates);

  bool is_up() const { return up_; }
  // "submission" with STARTTLS and "smtps": XOAUTH2, CRAM-MD5, PLAIN and LOGIN; "tokens": XOAUTH2
  // alone.
  const Ports& ports() const { return ports_; }
  std::string Log() const { return process_->Out() + process_->Err(); }

 private:
  Ports ports_;
  std::unique_ptr<support::Process> process_;
  bool up_ = true;
};

}  // namespace relaywatch::e2e
