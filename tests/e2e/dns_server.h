// A real DNS server (dnsmasq) of a test's own, for example.com, and a way to run a program that
// asks it: resolvers ask port 53 of the addresses in /etc/resolv.conf, so the program gets a mount
// namespace with another such file. Needs root. Confined to one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

class DnsServer {
 public:
  // `records`: dnsmasq's options, such as "mx-host=example.com,mx.example.com,10".
  explicit DnsServer(const std::vector<std::string>& records);

  bool is_up() const { return up_; }
  std::string Log() const { return process_->Out() + process_->Err(); }
  // The command that runs `argv` with this server as its only one.
  std::vector<std::string> AskedBy(std::vector<std::string> argv) const;

 private:
  support::ScratchDirectory scratch_;
  std::unique_ptr<support::Process> process_;
  bool up_ = false;
};

}  // namespace relaywatch::e2e
