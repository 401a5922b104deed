// `relaywatch history`: what was seen over a time, one line a bucket. Thread-compatible.
#pragma once

#include <string>

#include "cli/collector_link.h"
#include "cli/filter_options.h"
#include "cli/output.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::cli {

struct HistoryOptions {
  CollectorOptions collector;
  FilterOptions filter;
  std::string step;
};

void AddHistoryOptions(CLI::App& app, HistoryOptions& options);

// Asks the collector and prints, page by page; returns the exit code.
int RunHistory(const HistoryOptions& options);

// One paragraph a (location, endpoint, port, profile): in each line the verdict that most probes
// had, the share of AUTH mismatches, and the time that probes took. Pure.
std::string HistoryText(const v1::HistoryResponse& answer);
// One record a bucket. Pure.
std::string HistoryCsv(const v1::HistoryResponse& answer);

}  // namespace relaywatch::cli
