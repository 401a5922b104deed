#include "agent/location/whereabouts.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace relaywatch::agent {

Whereabouts::Whereabouts(std::unique_ptr<HostNetwork> network, std::string declared,
                         std::string source)
    : network_(std::move(network)), decider_(*network_, std::move(declared), std::move(source)) {}

void Whereabouts::SetRules(LocationRules rules) {
  decider_.SetRules(std::move(rules));
  DecideAgain();
}

void Whereabouts::SetDeclared(std::string declared, std::string source) {
  decider_.SetDeclared(std::move(declared), std::move(source));
  DecideAgain();
}

// The same place may have another name now; that is no move.
void Whereabouts::DecideAgain() {
  for (auto& [service, seen] : seen_) seen.location = decider_.Decide(seen.address, "");
}

void Whereabouts::Keep(const std::vector<Service>& services) {
  std::map<ServiceKey, Seen> kept;
  for (const Service& service : services) {
    if (auto node = seen_.extract(service.key)) kept.insert(std::move(node));
  }
  seen_ = std::move(kept);
  if (latest_ && !seen_.contains(*latest_)) latest_.reset();
}

void Whereabouts::Watch(std::function<void()> moved) {
  moved_ = std::move(moved);
  network_->Watch([this] { OnNetworkChange(); });
}

// At once, not when the change is told: what was proven before proves nothing now.
void Whereabouts::TellPortalDetector() {
  if (std::exchange(portal_changes_, network_->Changes()) == network_->Changes()) return;
  portal_.NetworkChanged();
}

void Whereabouts::OnNetworkChange() {
  TellPortalDetector();
  std::map<std::string, std::string> by_address;  // services share servers
  bool moved = false;
  for (auto& [service, seen] : seen_) {
    const auto [known, fresh] = by_address.try_emplace(seen.address);
    if (fresh) known->second = decider_.Decide(seen.address, "");
    const std::string& location = known->second;
    if (location == seen.location) continue;
    if (!moved) spdlog::info("location: from {} to {}", seen.location, location);
    moved = true;
    seen.location = location;
    latest_ = service;
  }
  if (moved) moved_();
}

Whereabouts::Standpoint Whereabouts::Begin(const ServiceKey& service) const {
  const auto seen = seen_.find(service);
  std::string address = seen == seen_.end() ? "" : seen->second.address;
  std::string location = decider_.Decide(address, "");
  return {std::move(location), std::move(address), network_->Changes()};
}

Whereabouts::Place Whereabouts::End(const Service& service, const Standpoint& begin,
                                    const probe::Report& report,
                                    std::chrono::steady_clock::time_point now) {
  Place place;
  place.location = decider_.Decide(report.address, report.local_address);
  // The same question twice: towards another server the answer may differ without a move.
  place.moved =
      begin.changes != network_->Changes() || begin.location != decider_.Decide(begin.address, "");
  TellPortalDetector();
  // What was seen half here and half there is no portal's either.
  place.captive_portal = !place.moved && portal_.Judge(service, report, now);
  Seen& seen = seen_[service.key];
  if (!report.address.empty()) seen.address = report.address;
  seen.location = decider_.Decide(seen.address, "");
  latest_ = service.key;
  return place;
}

std::string Whereabouts::Latest() const {
  return latest_ ? seen_.at(*latest_).location : decider_.Decide("", "");
}

}  // namespace relaywatch::agent
