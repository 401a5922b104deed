#include "cli/filter_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/time_option.h"
#include "common/clock.h"

namespace relaywatch::cli {

void AddLocationOption(CLI::App& app, FilterOptions& options) {
  app.add_option("--location", options.locations, "only this location, repeatable");
}

void AddPlaceOptions(CLI::App& app, FilterOptions& options) {
  app.add_option("--endpoint", options.endpoints, "only this endpoint, repeatable");
  app.add_option("--port", options.ports, "only this port, repeatable");
  app.add_option("--profile", options.profiles, "only this client profile, repeatable");
}

void AddAgentOption(CLI::App& app, FilterOptions& options) {
  app.add_option("--agent", options.agents, "only this agent (name or host name), repeatable");
}

void AddRangeOptions(CLI::App& app, FilterOptions& options) {
  app.add_option("--since", options.since, "from this time on: RFC 3339, or how long ago (2h)");
  app.add_option("--until", options.until, "before this time");
}

void AddAtOption(CLI::App& app, FilterOptions& options) {
  app.add_option("--at", options.at, "as it was then: RFC 3339, or how long ago (2h)");
}

absl::StatusOr<v1::Filter> FilterOf(const FilterOptions& options, std::int64_t now_ms) {
  v1::Filter filter;
  for (const auto& location : options.locations) filter.add_locations(location);
  for (const auto& endpoint : options.endpoints) filter.add_endpoints(endpoint);
  for (const auto port : options.ports) filter.add_ports(port);
  for (const auto& profile : options.profiles) filter.add_profiles(profile);
  for (const auto& agent : options.agents) filter.add_agents(agent);
  if (!options.since.empty()) {
    auto since = ParseTimeOption("--since", options.since, now_ms);
    if (!since.ok()) return since.status();
    *filter.mutable_since() = *since;
  }
  if (!options.until.empty()) {
    auto until = ParseTimeOption("--until", options.until, now_ms);
    if (!until.ok()) return until.status();
    *filter.mutable_until() = *until;
  }
  return filter;
}

absl::StatusOr<std::optional<google::protobuf::Timestamp>> AtOf(const FilterOptions& options,
                                                                std::int64_t now_ms) {
  if (options.at.empty()) return std::nullopt;
  auto at = ParseTimeOption("--at", options.at, now_ms);
  if (!at.ok()) return at.status();
  return *at;
}

int RefuseUsage(const std::string& command, const absl::Status& status) {
  fmt::print(stderr, "relaywatch {}: {}\n", command, std::string(status.message()));
  return kExitUsage;
}

std::int64_t NowMs() { return SystemClock().Now().wall_ms; }

}  // namespace relaywatch::cli
