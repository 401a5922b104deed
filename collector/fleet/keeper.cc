#include "collector/fleet/keeper.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <vector>

namespace relaywatch::collector {

using std::chrono::steady_clock;

absl::Status Keeper::Start() {
  const auto agents = registry_.Agents();
  if (!agents.ok()) return agents.status();
  for (const AgentRecord& agent : *agents) {
    entered_.insert(agent.name);
    fleet_.Enrolled(agent.name, agent.enrolled_ms, agent.location);
  }
  if (auto swept = Sweep(); !swept.ok()) return swept;
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "fleet");
  return absl::OkStatus();
}

void Keeper::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Keeper::Run() {
  auto next_day = steady_clock::now() + std::chrono::hours(24);
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kEvery, [this] { return stopped_; })) {
    lock.unlock();
    if (auto swept = Sweep(); !swept.ok()) {
      spdlog::error("fleet: {}", std::string(swept.message()));
    }
    if (steady_clock::now() >= next_day) {
      next_day += std::chrono::hours(24);
      daily_();
    }
    lock.lock();
  }
}

absl::Status Keeper::Sweep() {
  if (auto entered = EnterNewAgents(); !entered.ok()) return entered;
  const auto revoked = registry_.RefreshRevoked();
  if (!revoked.ok()) return revoked.status();
  for (const std::string& agent : *revoked) {
    if (fleet_.Revoke(agent)) spdlog::info("fleet: ended the stream of agent {}: revoked", agent);
  }
  return absl::OkStatus();
}

absl::Status Keeper::EnterNewAgents() {
  std::vector<AgentRecord> fresh;
  for (const AgentView& view : fleet_.Snapshot()) {
    if (entered_.contains(view.name)) continue;
    fresh.push_back({.name = view.name, .host_name = view.host_name, .version = view.version});
  }
  if (auto entered = registry_.Enter(fresh); !entered.ok()) return entered;
  for (const AgentRecord& agent : fresh) entered_.insert(agent.name);
  return absl::OkStatus();
}

}  // namespace relaywatch::collector
