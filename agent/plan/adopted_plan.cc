#include "agent/plan/adopted_plan.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "agent/policy/restrict.h"

namespace relaywatch::agent {
namespace {

// A name server that answers with ever new addresses must not fill the memory, or the log.
constexpr std::size_t kMaxTold = 10'000;
constexpr std::size_t kMaxMetOfService = 4;

std::string Words(const probe::ForbiddenAddress& forbidden) {
  return forbidden.reason.starts_with(forbidden.host + " ")
             ? forbidden.reason
             : fmt::format("{}: {}", forbidden.host, forbidden.reason);
}

}  // namespace

CheckedPlan AdoptedPlan::Adopt(const v1::Plan& plan, const Policy& policy) {
  CheckedPlan checked = CheckPlan(plan);
  if (!checked.problems.empty()) return checked;
  revision_ = checked.revision;
  asked_for_ = checked.services;
  Recheck(policy);
  return checked;
}

void AdoptedPlan::Recheck(const Policy& policy) {
  RestrictedPlan restricted = Restrict(asked_for_, policy);
  services_ = std::move(restricted.services);
  std::set<std::string> known;
  for (const v1::PlanRefusal& refusal : refusals_) known.insert(refusal.SerializeAsString());
  for (const v1::PlanRefusal& refusal : restricted.refusals) {
    if (known.contains(refusal.SerializeAsString())) continue;
    spdlog::warn("policy: plan {}: {}{}: {}", revision_,
                 refusal.endpoint().empty() ? "all" : refusal.endpoint(),
                 refusal.port() == 0 ? "" : fmt::format(":{}", refusal.port()), refusal.reason());
  }
  refusals_ = std::move(restricted.refusals);
  std::set<ServiceKey> probed;
  for (const Service& service : services_) probed.insert(service.key);
  std::erase_if(met_, [&](const auto& entry) { return !probed.contains(entry.first); });
}

bool AdoptedPlan::Met(const ServiceKey& service,
                      const std::vector<probe::ForbiddenAddress>& forbidden) {
  if (forbidden.empty()) return met_.erase(service) > 0;
  ++refused_probes_;
  std::vector<probe::ForbiddenAddress> kept = forbidden;
  // Name servers turn the order; the same addresses are no news.
  std::sort(kept.begin(), kept.end(),
            [](const auto& a, const auto& b) { return a.reason < b.reason; });
  if (kept.size() > kMaxMetOfService) kept.resize(kMaxMetOfService);
  for (const probe::ForbiddenAddress& address : kept) {
    if (told_.size() >= kMaxTold) told_.clear();
    std::string words = Words(address);
    if (told_.insert(words).second) spdlog::warn("policy: not connected: {}", words);
  }
  auto& met = met_[service];
  if (met == kept) return false;
  met = std::move(kept);
  return true;
}

v1::PlanReport AdoptedPlan::Report() const {
  v1::PlanReport report;
  report.set_revision(revision_);
  const auto is_full = [&] {
    return static_cast<std::size_t>(report.refusals_size()) >= kMaxReportedRefusals;
  };
  for (const v1::PlanRefusal& refusal : refusals_) {
    if (!is_full()) *report.add_refusals() = refusal;
  }
  for (const auto& [service, forbidden] : met_) {
    for (const probe::ForbiddenAddress& address : forbidden) {
      if (is_full()) return report;
      v1::PlanRefusal& refusal = *report.add_refusals();
      refusal.set_endpoint(service.endpoint);
      refusal.set_port(service.port);
      refusal.set_reason(Words(address));
    }
  }
  return report;
}

}  // namespace relaywatch::agent
