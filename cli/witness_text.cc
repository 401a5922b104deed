#include "cli/witness_text.h"

#include <fmt/format.h>

#include "cli/text_report.h"
#include "common/json/answers_json.h"

namespace relaywatch::cli {

std::string CauseText(std::string_view cause) {
  if (cause == "no_difference") return "No difference";
  if (cause == "server_policy") return "The server's policy";
  if (cause == "network_path") return "The network on the way";
  if (cause == "this_agent_only") return "This agent only";
  return "Cause unknown";
}

void AddWitnesses(std::string& out, const Witnesses& witnesses) {
  for (const v1::Witness& witness : witnesses) {
    Wrap(out, "    - ", "      ",
         fmt::format("{} ({}, {}): {}", witness.location(), witness.agent(),
                     TimeText(witness.measured_at()), witness.words()));
  }
}

}  // namespace relaywatch::cli
