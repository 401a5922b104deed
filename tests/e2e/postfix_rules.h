// A real Postfix of a test's own with another rule on each port, as postfix_rules.main.cf and
// postfix_rules.master.cf say: block lists by DNS, greylisting by postgrey, rate limits, hidden
// keywords, postscreen and more. Dovecot checks its passwords. Needs root, as Postfix drops
// privileges, and to be in a PrivateNetwork, as DNS has one port. Confined to one thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/e2e/dns_server.h"
#include "tests/e2e/dovecot.h"
#include "tests/e2e/postgrey.h"
#include "tests/e2e/server_certificates.h"
#include "tests/e2e/verdict_table.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

class PostfixRules {
 public:
  // Starts it and waits until it answers; is_up() tells whether it does.
  explicit PostfixRules(const ServerCertificates& certificates);

  bool is_up() const { return up_; }
  // By the names in postfix_rules.master.cf.
  const Ports& ports() const { return ports_; }
  const Dovecot& dovecot() const { return dovecot_; }
  std::string Log() const;

 private:
  // A copy of a file beside this one with @NAME@ filled in.
  void WriteConfiguration(const char* file, const char* name,
                          const std::map<std::string, std::string>& values) const;
  void Start();

  support::ScratchDirectory scratch_;
  // 127.0.3.1 is on the block list.
  DnsServer dns_{{"host-record=1.3.0.127.dnsbl.example.com,127.0.0.2"}};
  Dovecot dovecot_;
  Postgrey postgrey_;
  Ports ports_;
  std::unique_ptr<support::Process> process_;
  bool up_ = false;
};

}  // namespace relaywatch::e2e
