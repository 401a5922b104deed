#include "tests/e2e/programs.h"

namespace relaywatch::e2e {

using nlohmann::json;

std::string Probed::Verdict(const std::string& profile) const {
  return Judgement(profile, "verdict");
}

std::string Probed::Stage(const std::string& profile) const { return Judgement(profile, "stage"); }

std::string Probed::Judgement(const std::string& profile, const char* field) const {
  if (!documents.is_array() || documents.empty()) return "";
  for (const json& judgement : document().at("judgements")) {
    if (judgement.at("profile") == profile) return judgement.at(field);
  }
  return "";
}

Probed Probe(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {kRelaywatch, "probe"});
  arguments.insert(arguments.end(), {"--output", "json"});
  support::Completed completed = support::RunToEnd({.argv = std::move(arguments)});
  return {.exit_code = completed.exit_code,
          .documents = json::parse(completed.out, nullptr, false),
          .err = completed.err};
}

json Matrix(const std::string& socket) {
  const support::Completed completed = support::RunToEnd(
      {.argv = {kRelaywatch, "matrix", "--collector", "unix:" + socket, "--output", "json"}});
  json cells = json::parse(completed.out, nullptr, false);
  return completed.exit_code == 0 && cells.is_array() ? cells : json::array();
}

}  // namespace relaywatch::e2e
