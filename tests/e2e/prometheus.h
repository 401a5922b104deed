// A real Prometheus of a test's own that scrapes one target every second. Confined to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "tests/support/network.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

class Prometheus {
 public:
  // Scrapes 127.0.0.1:`target_port` and waits until it serves; is_up() tells whether it does.
  explicit Prometheus(std::uint16_t target_port);

  bool is_up() const { return up_; }
  std::string Log() const { return process_->Err(); }
  // The instant vector of a PromQL expression, by the value of one label; empty where it failed.
  std::map<std::string, double> Query(const std::string& expression,
                                      const std::string& label) const;

 private:
  support::ScratchDirectory scratch_;
  std::uint16_t port_ = support::FreePort();
  std::unique_ptr<support::Process> process_;
  bool up_ = false;
};

}  // namespace relaywatch::e2e
