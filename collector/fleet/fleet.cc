#include "collector/fleet/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "collector/fleet/host_name.h"

namespace relaywatch::collector {

std::string_view StateLabel(AgentState state) {
  switch (state) {
    case AgentState::kConnected:
      return "connected";
    case AgentState::kStale:
      return "stale";
    case AgentState::kLost:
      return "lost";
    case AgentState::kRevoked:
      return "revoked";
  }
  return "unknown";
}

absl::Status RevokedError(const std::string& agent) {
  return absl::PermissionDeniedError(fmt::format("agent {} was revoked", agent));
}

// A stream that is up proves little when nothing comes through it, so silence counts alone.
AgentState AgentView::StateAt(std::int64_t now_ms) const {
  if (revoked) return AgentState::kRevoked;
  const std::int64_t silence = now_ms - last_seen_ms;
  if (silence > kLostAfterMs) return AgentState::kLost;
  return connected && silence <= kStaleAfterMs ? AgentState::kConnected : AgentState::kStale;
}

void Fleet::Remember(const std::string& name, std::int64_t last_seen_ms,
                     const std::string& location) {
  const std::lock_guard lock(mutex_);
  AgentView& view = agents_[name].view;
  view.name = name;
  view.last_seen_ms = last_seen_ms;
  if (!location.empty()) view.location = location;
}

void Fleet::Enrolled(const std::string& name, std::int64_t enrolled_ms,
                     const std::string& location) {
  const std::lock_guard lock(mutex_);
  const auto [entry, fresh] = agents_.try_emplace(name);
  if (!fresh) return;
  AgentView& view = entry->second.view;
  view.name = name;
  view.last_seen_ms = enrolled_ms;
  if (!location.empty()) view.location = location;
}

std::shared_ptr<AgentLink> Fleet::Connect(const std::shared_ptr<AgentLink>& link,
                                          std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  Entry& entry = agents_[link->agent()];
  entry.view.name = link->agent();
  entry.view.last_seen_ms = now_ms;
  entry.view.connected = true;
  entry.told_off = false;
  std::shared_ptr<AgentLink> replaced = std::exchange(entry.link, link);
  if (replaced == nullptr) ++connected_;
  return replaced;
}

bool Fleet::Disconnect(const AgentLink& link) {
  const std::lock_guard lock(mutex_);
  const auto found = agents_.find(link.agent());
  if (found == agents_.end() || found->second.link.get() != &link) return false;
  found->second.link.reset();
  found->second.view.connected = false;
  --connected_;
  return true;
}

AgentView* Fleet::Find(const std::string& agent) {
  const auto found = agents_.find(agent);
  return found == agents_.end() ? nullptr : &found->second.view;
}

void Fleet::Heard(const std::string& agent, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (AgentView* view = Find(agent)) view->last_seen_ms = now_ms;
}

void Fleet::Offset(const std::string& agent, std::int64_t clock_offset_ms) {
  const std::lock_guard lock(mutex_);
  if (AgentView* view = Find(agent)) view->clock_offset_ms = clock_offset_ms;
}

void Fleet::Report(const std::string& agent, const v1::AgentStatus& status, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  AgentView* view = Find(agent);
  if (view == nullptr) return;
  view->last_seen_ms = now_ms;
  view->clock_offset_ms = status.wall_ms() - now_ms;
  view->location = status.location().empty() ? "unknown" : status.location();
  view->status = status;
  view->reported = true;
}

void Fleet::Introduce(const std::string& agent, const v1::Hello& hello) {
  const std::lock_guard lock(mutex_);
  AgentView* view = Find(agent);
  if (view == nullptr) return;
  view->host_name = HostNameOf(hello.host_name());
  view->version = hello.version();
  view->plan_revision = hello.plan_revision();
}

std::vector<v1::PlanRefusal> Fleet::ReportPlan(const std::string& agent,
                                               const v1::PlanReport& report) {
  const std::lock_guard lock(mutex_);
  AgentView* view = Find(agent);
  if (view == nullptr) return {};
  std::set<std::string> known;
  for (const v1::PlanRefusal& refusal : view->refusals) known.insert(refusal.SerializeAsString());
  std::vector<v1::PlanRefusal> added;
  for (const v1::PlanRefusal& refusal : report.refusals()) {
    if (!known.contains(refusal.SerializeAsString())) added.push_back(refusal);
  }
  view->plan_revision = report.revision();
  view->refusals.assign(report.refusals().begin(), report.refusals().end());
  return added;
}

bool Fleet::Revoke(const std::string& agent) {
  const std::lock_guard lock(mutex_);
  Entry& entry = agents_[agent];
  entry.view.name = agent;
  entry.view.revoked = true;
  if (entry.link == nullptr) return false;
  entry.link->End(RevokedError(agent));
  if (std::exchange(entry.told_off, true)) entry.link->Cut();
  return true;
}

void Fleet::Send(const std::string& agent, const v1::CollectorMessage& message) {
  const std::lock_guard lock(mutex_);
  const auto found = agents_.find(agent);
  if (found != agents_.end() && found->second.link != nullptr) found->second.link->Send(message);
}

void Fleet::Broadcast(const v1::CollectorMessage& message) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, entry] : agents_) {
    if (entry.link != nullptr) entry.link->Send(message);
  }
}

std::size_t Fleet::connected() const {
  const std::lock_guard lock(mutex_);
  return connected_;
}

std::size_t Fleet::known() const {
  const std::lock_guard lock(mutex_);
  return agents_.size();
}

std::size_t Fleet::Active(std::int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(agents_.begin(), agents_.end(), [now_ms](const auto& named) {
        const AgentView& view = named.second.view;
        return !view.revoked && (view.connected || now_ms - view.last_seen_ms <= kGoneAfterMs);
      }));
}

bool Fleet::Knows(const std::string& agent) const {
  const std::lock_guard lock(mutex_);
  return agents_.contains(agent);
}

std::vector<AgentView> Fleet::Snapshot() const {
  const std::lock_guard lock(mutex_);
  std::vector<AgentView> views;
  views.reserve(agents_.size());
  for (const auto& [name, entry] : agents_) views.push_back(entry.view);
  return views;
}

}  // namespace relaywatch::collector
