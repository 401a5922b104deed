// `relaywatch rejudge` and `relaywatch backup DIRECTORY`: what operators do to the collector's
// memory as a whole. Thread-compatible.
#pragma once

#include <string>

#include "cli/collector_link.h"

namespace relaywatch::cli {

struct StoreOptions {
  CollectorOptions collector;
  std::string directory;
};

void AddStoreCommands(CLI::App& app, StoreOptions& options);
bool IsStoreCommand(const CLI::App& app);
// Runs the one of them that was given; returns the exit code.
int RunStoreCommand(const CLI::App& app, const StoreOptions& options);

}  // namespace relaywatch::cli
