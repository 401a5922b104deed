// `relaywatch token create|list|revoke`, `relaywatch agents`, `relaywatch agent revoke`: who may be
// an agent, who is one, and who no longer. Thread-compatible.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/collector_link.h"

namespace relaywatch::cli {

struct FleetOptions {
  CollectorOptions collector;
  // token create
  std::string location;
  std::string ttl = "1h";
  std::uint32_t uses = 1;
  // token revoke
  std::string token_id;
  // agents
  std::vector<std::string> agents;
  std::vector<std::string> locations;
  // agent revoke
  std::string agent;
  std::string reason;
};

// Adds the subcommands to the command itself.
void AddFleetCommands(CLI::App& app, FleetOptions& options);

// Runs the one of them that was given; returns the exit code.
int RunFleetCommand(const CLI::App& app, const FleetOptions& options);
// Whether one of them was given.
bool IsFleetCommand(const CLI::App& app);

}  // namespace relaywatch::cli
