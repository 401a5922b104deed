#include "collector/detect/grouping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "collector/detect/difference.h"

namespace relaywatch::collector::detect {
namespace {

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void Note(std::vector<std::string>& names, const std::string& name) {
  if (!Has(names, name)) names.push_back(name);
}

Scope ScopeOf(const Incident& incident) {
  if (incident.locations.size() > 1) return Scope::kEndpoint;
  return incident.endpoints.size() > 1 ? Scope::kLocation : Scope::kPlace;
}

constexpr std::size_t kDifferencesTold = 3;

std::string DifferencesOf(const Incident& incident) {
  std::string told;
  for (std::size_t i = 0; i < std::min(incident.differences.size(), kDifferencesTold); ++i) {
    told += (i == 0 ? "" : "; ") + incident.differences[i];
  }
  return told + (incident.differences.size() > kDifferencesTold ? "; and more" : "");
}

std::string WordsOf(const Incident& incident) {
  const std::string differences = DifferencesOf(incident);
  switch (incident.scope) {
    case Scope::kEndpoint:
      return fmt::format("{} changed for {}: {}", incident.endpoints.front(),
                         JoinWithAnd(incident.locations), differences);
    case Scope::kLocation:
      return fmt::format("network change at {} ({}): {}", incident.locations.front(),
                         JoinWithAnd(incident.endpoints), differences);
    case Scope::kPlace:
      break;
  }
  return fmt::format("{} changed for {}: {}", incident.endpoints.front(),
                     incident.locations.front(), differences);
}

}  // namespace

std::string_view Label(Scope scope) {
  switch (scope) {
    case Scope::kPlace:
      return "place";
    case Scope::kEndpoint:
      return "global";
    case Scope::kLocation:
      return "network";
  }
  return "";
}

bool Grouping::Joins(const Incident& incident, const ChangeEvent& event,
                     const KeyName& name) const {
  if ((incident.kinds & event.kinds) == 0) return false;
  // What changes twice changed again: mostly it went back, which is an incident of its own.
  if (std::find(incident.keys.begin(), incident.keys.end(), event.key) != incident.keys.end()) {
    return false;
  }
  const bool same_location = Has(incident.locations, name.location);
  // Elsewhere something else may have happened to it in the same minutes.
  const bool same_endpoint = Has(incident.endpoints, name.endpoint) &&
                             (same_location || Has(incident.differences, event.words));
  switch (incident.scope) {
    case Scope::kPlace:
      return same_endpoint || same_location;
    case Scope::kEndpoint:
      return same_endpoint;
    case Scope::kLocation:
      return same_location;
  }
  return false;
}

std::optional<Incident> Grouping::Add(const ChangeEvent& event, const KeyName& name) {
  if (event.state != ChangeState::kConfirmed || event.is_informational) return std::nullopt;
  std::erase_if(open_, [&](const Incident& incident) {
    return event.decided_ms - incident.last_ms > window_ms_;
  });
  // The newest first: where a rule went back, others that go back belong to that.
  const auto joined = std::find_if(open_.rbegin(), open_.rend(), [&](const Incident& incident) {
    return Joins(incident, event, name);
  });
  Incident& incident = joined != open_.rend() ? *joined : open_.emplace_back();
  if (incident.events.empty()) {
    incident.id = event.id;
    incident.since_ms = event.since_ms;
  }
  incident.kinds |= event.kinds;
  incident.events.push_back(event.id);
  incident.keys.push_back(event.key);
  Note(incident.locations, name.location);
  Note(incident.endpoints, name.endpoint);
  Note(incident.differences, event.words);
  incident.since_ms = std::min(incident.since_ms, event.since_ms);
  incident.last_ms = std::max(incident.last_ms, event.decided_ms);
  incident.scope = ScopeOf(incident);
  incident.words = WordsOf(incident);
  return incident;
}

}  // namespace relaywatch::collector::detect
