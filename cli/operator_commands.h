// `relaywatch operator create|list|revoke`: who may ask the collector over the network. The key of
// a new operator is made here and leaves this program only as the file. Thread-compatible.
#pragma once

#include <string>

#include "cli/collector_link.h"

namespace relaywatch::cli {

struct OperatorOptions {
  CollectorOptions collector;
  std::string name;
  std::string identity;  // create: the file to write
  std::string reason;    // revoke
};

// Adds the subcommand to the command itself.
void AddOperatorCommands(CLI::App& app, OperatorOptions& options);

// Runs the one of its subcommands that was given; returns the exit code.
int RunOperatorCommand(const CLI::App& app, const OperatorOptions& options);

}  // namespace relaywatch::cli
