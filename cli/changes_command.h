// `relaywatch changes`: what changed, from what to what, where, since when, and who saw it; and
// `relaywatch changes accept ID`: it shall be so. Thread-compatible.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/collector_link.h"
#include "cli/output.h"
#include "relaywatch/v1/query.pb.h"

namespace CLI {
class App;
}

namespace relaywatch::cli {

struct ChangesOptions {
  CollectorOptions collector;
  std::vector<std::string> locations;
  std::vector<std::string> endpoints;
  std::vector<std::uint32_t> ports;
  std::vector<std::string> agents;
  std::vector<std::string> kinds;
  std::string since;
  std::string until;
  bool all = false;
  std::uint32_t limit = 100;
  // changes accept
  std::uint64_t id = 0;
  std::string reason;
};

// Adds the subcommand with its own subcommand to the command itself.
void AddChangesCommand(CLI::App& app, ChangesOptions& options);

// Asks the collector and prints; returns the exit code.
int RunChanges(const CLI::App& app, const ChangesOptions& options);

// One change, some lines, each behind `indent`. Pure.
std::string ChangeText(const v1::Change& change, std::string_view indent);
// Changes with one cause together, under what they have in common. Pure.
std::string ChangesText(const v1::ChangesResponse& response);
std::string ChangesCsv(const v1::ChangesResponse& response);
// An array (json) or one object a line (ndjson).
std::string ChangesJson(const v1::ChangesResponse& response, Output output);

}  // namespace relaywatch::cli
