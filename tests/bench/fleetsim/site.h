// A collector of the benchmark's own on loopback, with its CA: the real one, or the floor that
// stands in for it as the reference. Ends with this object. Confined to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/network.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::bench {

// Ends the program with 1 and says what is wrong, unless `ok`.
void Require(bool ok, const std::string& what);

class Site {
 public:
  Site();

  // Back when they listen.
  void StartCollector();
  void StartFloor();
  void KillCollector();

  pid_t collector() const { return collector_->pid(); }
  std::uint16_t port() const { return port_; }
  std::string address() const;
  std::uint16_t http_port() const { return http_port_; }
  const support::CertificateAuthority& ca() const { return ca_; }

 private:
  void Start(std::vector<std::string> argv);

  support::ScratchDirectory directory_;
  support::CertificateAuthority ca_{"Bench CA"};
  std::uint16_t port_ = support::FreePort();
  std::uint16_t http_port_ = support::FreePort();
  std::unique_ptr<support::Process> collector_;
};

}  // namespace relaywatch::bench
