// `relaywatch matrix`: location × endpoint:port × profile as the collector judges them now.
// Thread-compatible.
#pragma once

#include <string>
#include <vector>

#include "cli/collector_link.h"
#include "cli/output.h"
#include "relaywatch/v1/query.pb.h"

namespace CLI {
class App;
}

namespace relaywatch::cli {

struct MatrixOptions {
  CollectorOptions collector;
  std::vector<std::string> locations;
  std::vector<std::string> endpoints;
  std::vector<std::uint32_t> ports;
  std::vector<std::string> profiles;
};

void AddMatrixOptions(CLI::App& app, MatrixOptions& options);

// Asks the collector and prints; returns the exit code.
int RunMatrix(const MatrixOptions& options);

// One table row a (location, endpoint:port), one column a profile. Pure.
std::string MatrixText(const v1::MatrixResponse& response);
std::string MatrixCsv(const v1::MatrixResponse& response);
// An array (json) or one object a line (ndjson).
std::string MatrixJson(const v1::MatrixResponse& response, Output output);

}  // namespace relaywatch::cli
