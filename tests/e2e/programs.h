// Our programs as they were built, and short ways to run them. Thread-compatible.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace relaywatch::e2e {

// RELAYWATCH_SOURCE_DIR and RELAYWATCH_BINARY_DIR come from the build.
inline const std::string kSource = RELAYWATCH_SOURCE_DIR;
inline const std::string kBuild = RELAYWATCH_BINARY_DIR;
// Servers that fetch_servers.sh unpacked, each in a directory of its package's name.
inline const std::string kServers = kSource + "/build/servers";
inline const std::string kAgent = kBuild + "/agent/relaywatch-agent";
inline const std::string kCollector = kBuild + "/collector/relaywatch-collector";
inline const std::string kRelaywatch = kBuild + "/cli/relaywatch";
inline const std::string kDemoMail = kBuild + "/tests/support/relaywatch-demo-mail";

struct Probed {
  int exit_code = -1;
  nlohmann::json documents;  // discarded (is_discarded()) where stdout was no JSON
  std::string err;

  const nlohmann::json& document() const { return documents.at(0); }
  // Of the first document; "" where the profile was not judged.
  std::string Verdict(const std::string& profile) const;
  std::string Stage(const std::string& profile) const;

 private:
  std::string Judgement(const std::string& profile, const char* field) const;
};

// `relaywatch probe ARGUMENTS... --output json`.
Probed Probe(std::vector<std::string> arguments);

// `relaywatch matrix` at this socket; an empty array while the collector does not answer.
nlohmann::json Matrix(const std::string& socket);

}  // namespace relaywatch::e2e
