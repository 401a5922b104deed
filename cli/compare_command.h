// `relaywatch compare --location A --location B`: the same endpoints in the same minutes from two
// places, and why they differ. Thread-compatible.
#pragma once

#include <string>

#include "cli/collector_link.h"
#include "cli/filter_options.h"
#include "cli/output.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::cli {

struct CompareOptions {
  CollectorOptions collector;
  FilterOptions filter;
};

void AddCompareOptions(CLI::App& app, CompareOptions& options);

// Asks the collector and prints; returns the exit code.
int RunCompare(const CompareOptions& options);

// One paragraph a service. Pure.
std::string CompareText(const v1::CompareResponse& answer);
// One record a service and profile. Pure.
std::string CompareCsv(const v1::CompareResponse& answer);

}  // namespace relaywatch::cli
