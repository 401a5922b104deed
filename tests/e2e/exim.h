// A real Exim of a test's own: exim.conf beside this file, spool and log in a scratch directory,
// loopback only. A client's network decides how it is treated; exim.conf says how. Needs root, as
// Exim drops privileges, and tests/e2e/fetch_servers.sh. Confined to one thread.
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

class Exim {
 public:
  // Starts it and waits until it answers; is_up() tells whether it does.
  explicit Exim(const ServerCertificates& certificates);

  bool is_up() const { return up_; }
  // "smtp" as port 25; "submission" as 587: its clients must authenticate; "smtps" as 465: TLS from
  // the start, otherwise like smtp.
  const Ports& ports() const { return ports_; }
  std::string Log() const;

 private:
  std::vector<std::string> CommandLine(const ServerCertificates& certificates) const;

  support::ScratchDirectory scratch_;
  PrivateView view_;
  Ports ports_;
  std::unique_ptr<support::Process> process_;
  bool up_ = false;
};

}  // namespace relaywatch::e2e
