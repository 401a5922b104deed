// One agent of the simulated fleet: the real uplink with a spool in memory, fed with results
// instead of probing. Many of them share one thread. Confined to the io_context's thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/spool/memory_spool.h"
#include "agent/uplink/uplink.h"
#include "common/clock.h"

namespace relaywatch::bench {

// What all agents of a fleet say; shared, since thousands of them see the same server.
struct FleetSpeech {
  std::shared_ptr<const v1::Path> path;
  std::shared_ptr<const std::string> outcome;  // serialised facts
};

class SimulatedAgent final : private agent::Orders {
 public:
  static constexpr int kResultsOfBatch = 2;

  // Everything named must outlive the agent.
  SimulatedAgent(asio::io_context& io, const Clock& clock, agent::Peer peer,
                 const FleetSpeech& speech);

  void ConnectAfter(std::chrono::milliseconds wait);
  // From `first` on, a batch at every `interval`, until Quiet.
  void Talk(std::chrono::milliseconds first, std::chrono::milliseconds interval);
  void Quiet() { talk_timer_.cancel(); }

  bool connected() const { return uplink_.Connected(); }
  std::uint64_t unacknowledged() const { return spool_.Stats().queued; }

 private:
  v1::PlanReport OnPlan(const v1::Plan& plan) override;
  void OnProbeNow(const v1::ProbeNow& /*order*/) override {}
  std::uint64_t PlanRevision() const override { return 0; }
  v1::AgentStatus Status() const override;
  void Append();

  const Clock& clock_;
  const FleetSpeech& speech_;
  const std::uint64_t boot_id_ = BootId();
  agent::MemorySpool spool_;
  agent::Uplink uplink_;
  asio::steady_timer connect_timer_;
  asio::steady_timer talk_timer_;
};

}  // namespace relaywatch::bench
