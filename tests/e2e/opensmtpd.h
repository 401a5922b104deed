// A real OpenSMTPD of a test's own: opensmtpd.conf beside this file, queue and sockets in its own
// view of the machine, loopback only. A client's network decides how it is treated; opensmtpd.conf
// says how. Needs root, as OpenSMTPD drops privileges, and tests/e2e/fetch_servers.sh. Confined to
// one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/private_view.h"
#include "tests/e2e/server_certificates.h"
#include "tests/e2e/verdict_table.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

class OpenSmtpd {
 public:
  // Whether fetch_servers.sh got it.
  static bool IsThere();

  // Starts it and waits until it answers; is_up() tells whether it does.
  explicit OpenSmtpd(const ServerCertificates& certificates);

  bool is_up() const { return up_; }
  // "smtp" as port 25: STARTTLS, no AUTH, rules by network; "submission" as 587: insists on TLS and
  // AUTH; "smtps" as 465: TLS from the start, AUTH optional; "optional": STARTTLS and AUTH
  // optional; "plain": neither; "expired_identity": STARTTLS with an expired certificate.
  const Ports& ports() const { return ports_; }
  std::string Log() const { return process_->Err(); }

 private:
  void PrepareView();
  std::vector<std::string> CommandLine(const ServerCertificates& certificates) const;

  support::ScratchDirectory scratch_;
  PrivateView view_;
  Ports ports_;
  std::unique_ptr<support::Process> process_;
  bool up_ = false;
};

}  // namespace relaywatch::e2e
