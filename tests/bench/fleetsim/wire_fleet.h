// Many cheap agents (wire_agent.h) that speak in turn at a given rate. Confined to one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/bench/fleetsim/wire_agent.h"
#include "tests/support/certificates.h"

namespace relaywatch::bench {

class WireFleet {
 public:
  // Connects `agents` of the deployment "bench", one after another.
  WireFleet(int agents, std::uint16_t port, const support::CertificateAuthority& ca);
  ~WireFleet();
  WireFleet(const WireFleet&) = delete;
  WireFleet& operator=(const WireFleet&) = delete;

  // `rate` messages a second over all agents for `time`.
  void Run(int rate, std::chrono::milliseconds time);
  // Listens until all are welcomed and nothing waits for an Ack; false where the limit passed.
  bool Settle(std::chrono::milliseconds limit);
  std::uint64_t said() const { return said_; }

 private:
  void Listen();
  bool Settled() const;

  int events_;
  std::vector<std::unique_ptr<WireAgent>> agents_;
  std::size_t next_ = 0;
  std::uint64_t said_ = 0;
};

}  // namespace relaywatch::bench
