// `relaywatch matrix`: location × endpoint:port × profile as the collector judges them, now or at a
// moment. Thread-compatible.
#pragma once

#include <string>

#include "cli/collector_link.h"
#include "cli/filter_options.h"
#include "cli/output.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::cli {

struct MatrixOptions {
  CollectorOptions collector;
  FilterOptions filter;
};

void AddMatrixOptions(CLI::App& app, MatrixOptions& options);

// Asks the collector and prints; returns the exit code.
int RunMatrix(const MatrixOptions& options);

// One table row a (location, endpoint:port), one column a profile, and since when it has been so.
// Pure.
std::string MatrixText(const v1::MatrixResponse& response);
std::string MatrixCsv(const v1::MatrixResponse& response);
// An array (json) or one object a line (ndjson).
std::string MatrixJson(const v1::MatrixResponse& response, Output output);

}  // namespace relaywatch::cli
