// `relaywatch explain --location L --endpoint E --port P`: the evidence, what it means to each kind
// of client, what to do, since when, and what others see. Thread-compatible.
#pragma once

#include <string>

#include "cli/collector_link.h"
#include "cli/filter_options.h"
#include "cli/output.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::cli {

struct ExplainOptions {
  CollectorOptions collector;
  FilterOptions filter;
};

void AddExplainOptions(CLI::App& app, ExplainOptions& options);

// Asks the collector and prints; returns the exit code.
int RunExplain(const ExplainOptions& options);

// What a help desk reads out and a mail admin acts on. Pure.
std::string ExplainText(const v1::ExplainResponse& answer);
// One record a profile. Pure.
std::string ExplainCsv(const v1::ExplainResponse& answer);

}  // namespace relaywatch::cli
