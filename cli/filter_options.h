// --location --endpoint --port --profile --agent --since --until --at: the same words for every
// question to the collector. Thread-compatible.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/collector_link.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::cli {

// As written on the command line; empty is "not given".
struct FilterOptions {
  std::vector<std::string> locations;
  std::vector<std::string> endpoints;
  std::vector<std::uint32_t> ports;
  std::vector<std::string> profiles;
  std::vector<std::string> agents;
  std::string since;
  std::string until;
  std::string at;
};

// Each adds the options of its name.
void AddPlaceOptions(CLI::App& app, FilterOptions& options);  // endpoint, port, profile
void AddLocationOption(CLI::App& app, FilterOptions& options);
void AddAgentOption(CLI::App& app, FilterOptions& options);
void AddRangeOptions(CLI::App& app, FilterOptions& options);  // since, until
void AddAtOption(CLI::App& app, FilterOptions& options);

// All but `at`. InvalidArgument names the option and what is wrong with it.
absl::StatusOr<v1::Filter> FilterOf(const FilterOptions& options, std::int64_t now_ms);
// --at, where it was given.
absl::StatusOr<std::optional<google::protobuf::Timestamp>> AtOf(const FilterOptions& options,
                                                                std::int64_t now_ms);

// Tells on standard error; the exit code of a usage error.
int RefuseUsage(const std::string& command, const absl::Status& status);

// The present, milliseconds since the epoch.
std::int64_t NowMs();

}  // namespace relaywatch::cli
