// A real postgrey of a test's own: a policy service that greylists whoever asks. Needs root and
// tests/e2e/fetch_servers.sh. Confined to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

class Postgrey {
 public:
  // Starts it and waits until it answers; is_up() tells whether it does.
  Postgrey();

  bool is_up() const { return up_; }
  // For check_policy_service inet:127.0.0.1:PORT.
  std::uint16_t port() const { return port_; }
  std::string Log() const { return process_->Out() + process_->Err(); }

 private:
  support::ScratchDirectory scratch_;
  std::uint16_t port_;
  std::unique_ptr<support::Process> process_;
  bool up_ = false;
};

}  // namespace relaywatch::e2e
