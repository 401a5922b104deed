// A fleet of simulated agents, each with a certificate and a mutual TLS connection of its own, on
// one thread. Confined to the thread that makes it.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "tests/bench/fleetsim/simulated_agent.h"
#include "tests/support/certificates.h"

namespace relaywatch::bench {

class Fleet {
 public:
  // `agents` of the deployment "bench", who find the collector at `address` by the name
  // "localhost".
  Fleet(int agents, const std::string& address, const support::CertificateAuthority& ca);

  // Lets the agents' time pass until `done`; false where the limit passed before.
  bool RunUntil(const std::function<bool()>& done, std::chrono::milliseconds limit);
  void RunFor(std::chrono::milliseconds time);

  // Begins to connect them, evenly over `spread`.
  void Connect(std::chrono::milliseconds spread);
  // Every agent sends a batch each `interval`, evenly spread.
  void Talk(std::chrono::milliseconds interval);
  void Quiet();

  int size() const { return static_cast<int>(agents_.size()); }
  int connected() const;
  std::uint64_t unacknowledged() const;

 private:
  SystemClock clock_;
  asio::io_context io_{1};
  FleetSpeech speech_;
  std::vector<std::unique_ptr<SimulatedAgent>> agents_;
};

}  // namespace relaywatch::bench
