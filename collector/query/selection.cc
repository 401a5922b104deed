#include "collector/query/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "collector/fleet/plan_lookup.h"
#include "collector/query/times.h"
#include "common/clock.h"

namespace relaywatch::collector {
namespace {

constexpr std::size_t kNamesTold = 20;

template <typename List, typename Value>
bool Passes(const List& wanted, const Value& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

template <typename Wanted, typename Name>
absl::Status CheckNames(std::string_view what, const Wanted& wanted, const std::set<Name>& names) {
  if (wanted.size() > kMaxNames) {
    return absl::InvalidArgumentError(fmt::format("{}: at most {} are named", what, kMaxNames));
  }
  for (const auto& name : wanted) {
    if (names.contains(name)) continue;
    std::vector<std::string> known;
    for (const Name& one : names) known.push_back(fmt::to_string(one));
    // The name is of whatever length it came.
    return absl::InvalidArgumentError(fmt::format("{} \"{:.100}\" is not known; there are: {}",
                                                  what, fmt::to_string(name),
                                                  Told(std::move(known))));
  }
  return absl::OkStatus();
}

// What results were seen of, and what is configured.
struct KnownNames {
  std::set<std::string> locations;
  std::set<std::string> endpoints;
  std::set<std::uint32_t> ports;
  std::set<std::string> profiles;

  explicit KnownNames(const Inquiry& inquiry)
      : locations(inquiry.desk.directory.locations()),
        endpoints(inquiry.desk.directory.endpoints()),
        ports(inquiry.desk.directory.ports()) {
    if (inquiry.judging.plan != nullptr) AddConfigured(*inquiry.judging.plan);
    for (const StoredProfile& stored : inquiry.judging.profiles->all()) {
      profiles.insert(stored.profile.name);
    }
  }

 private:
  void AddConfigured(const v1::Plan& plan) {
    for (const v1::LocationRule& rule : plan.locations()) locations.insert(rule.name());
    for (const v1::Endpoint& endpoint : plan.endpoints()) {
      endpoints.insert(endpoint.name());
      for (const v1::Service& service : endpoint.services()) ports.insert(service.port());
    }
  }
};

absl::Status SelectAgents(const v1::Filter& filter, const Inquiry& inquiry, Selection& selection) {
  if (filter.agents().empty()) return absl::OkStatus();
  const auto wanted = AgentsOf(filter, inquiry);
  if (!wanted.ok()) return wanted.status();
  selection.epochs.emplace();
  for (const auto& [id, epoch] : inquiry.desk.directory.epochs()) {
    if (wanted->contains(*epoch.agent)) selection.epochs->insert(id);
  }
  return absl::OkStatus();
}

}  // namespace

bool PassesFilter(const v1::Filter& filter, const SeriesKey& key) {
  return Passes(filter.locations(), key.location) && Passes(filter.endpoints(), key.endpoint) &&
         Passes(filter.ports(), key.port);
}

std::string Told(std::vector<std::string> names) {
  if (names.empty()) return "none yet";
  const std::size_t more = names.size() - std::min(names.size(), kNamesTold);
  names.resize(names.size() - more);
  const std::string told = fmt::format("{}", fmt::join(names, ", "));
  return more == 0 ? told : fmt::format("{} and {} more", told, more);
}

absl::StatusOr<std::set<std::string>> AgentsOf(const v1::Filter& filter, const Inquiry& inquiry) {
  std::multimap<std::string, std::string> agents;  // by what they may be called
  std::set<std::string> names;
  for (const auto& [id, name] : inquiry.desk.directory.agents()) {
    agents.emplace(name, name);
    names.insert(name);
  }
  for (const AgentHost& host : inquiry.hosts) {
    if (!names.contains(host.agent) || host.host_name.empty()) continue;
    agents.emplace(host.host_name, host.agent);
  }
  std::set<std::string> wanted;
  if (filter.agents_size() > kMaxNames) return CheckNames("agent", filter.agents(), names);
  for (const std::string& called : filter.agents()) {
    const auto [first, last] = agents.equal_range(called);
    if (first == last) return CheckNames("agent", filter.agents(), names);
    for (auto agent = first; agent != last; ++agent) wanted.insert(agent->second);
  }
  return wanted;
}

std::vector<std::int64_t> Selection::Ids() const {
  std::vector<std::int64_t> ids;
  ids.reserve(series.size());
  for (const SeriesRow* row : series) ids.push_back(row->id);
  return ids;
}

std::vector<std::size_t> Selection::ProfilesOf(const SeriesRow& row, const Judging& judging) const {
  auto positions = judging.profiles->Of(FindEndpoint(judging.plan.get(), row.key.endpoint));
  std::erase_if(positions, [&](std::size_t position) { return !Passes(profiles, position); });
  std::sort(positions.begin(), positions.end(), [&](std::size_t a, std::size_t b) {
    return judging.profiles->all()[a].profile.name < judging.profiles->all()[b].profile.name;
  });
  return positions;
}

absl::StatusOr<Selection> Select(const v1::Filter& filter, const Inquiry& inquiry) {
  const KnownNames known(inquiry);
  for (const auto& checked : {CheckNames("location", filter.locations(), known.locations),
                              CheckNames("endpoint", filter.endpoints(), known.endpoints),
                              CheckNames("port", filter.ports(), known.ports),
                              CheckNames("profile", filter.profiles(), known.profiles)}) {
    if (!checked.ok()) return checked;
  }
  Selection selection;
  if (auto agents = SelectAgents(filter, inquiry, selection); !agents.ok()) return agents;
  const auto& profiles = inquiry.judging.profiles->all();
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    const auto& wanted = filter.profiles();
    const bool is_named =
        std::find(wanted.begin(), wanted.end(), profiles[i].profile.name) != wanted.end();
    if (is_named) selection.profiles.push_back(i);
  }
  for (const auto& series : inquiry.desk.directory.series()) {
    if (PassesFilter(filter, series->key)) selection.series.push_back(series.get());
  }
  return selection;
}

absl::Status RefuseFuture(std::int64_t at_ms, const Inquiry& inquiry) {
  constexpr std::int64_t kHourMs = 3'600'000;
  if (at_ms <= inquiry.now_ms + kHourMs) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("at: {} has not come yet", FormatRfc3339(at_ms)));
}

absl::StatusOr<TimeRange> RangeOf(const v1::Filter& filter, TimeRange if_absent) {
  TimeRange range = if_absent;
  if (filter.has_until()) range.until_ms = MsOf(filter.until());
  if (filter.has_since()) range.since_ms = MsOf(filter.since());
  if (range.since_ms < 0 || range.until_ms < 0) {
    return absl::InvalidArgumentError("since and until must not be before 1970");
  }
  if (range.since_ms >= range.until_ms) {
    return absl::InvalidArgumentError(fmt::format("since ({}) is not before until ({})",
                                                  FormatRfc3339(range.since_ms),
                                                  FormatRfc3339(range.until_ms)));
  }
  return range;
}

}  // namespace relaywatch::collector
