// Keeps registry and fleet in step: every ten seconds agents of an outside PKI that came are
// entered, so that they can be listed and revoked by name, and streams of revoked agents are ended,
// whatever came in between. Once a day `daily` is called. Thread "fleet"; Run is for tests.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "collector/fleet/fleet.h"
#include "collector/fleet/registry.h"

namespace relaywatch::collector {

class Keeper {
 public:
  static constexpr std::chrono::seconds kEvery{10};

  // Both must outlive it.
  Keeper(Registry& registry, Fleet& fleet, std::function<void()> daily)
      : registry_(registry), fleet_(fleet), daily_(std::move(daily)) {}
  ~Keeper() { Stop(); }

  // Tells the fleet whom the registry knows; then the thread runs. Any status of the registry.
  absl::Status Start();
  void Stop();

  // One round.
  absl::Status Sweep();

 private:
  void Run();
  absl::Status EnterNewAgents();

  Registry& registry_;
  Fleet& fleet_;
  std::function<void()> daily_;
  std::set<std::string> entered_;  // confined to the thread
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace relaywatch::collector
