#include "cli/explain_command.h"

#include <CLI/CLI.hpp>

#include "cli/table.h"
#include "common/json/answers_json.h"
#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::cli {
namespace {

std::string Formatted(const v1::ExplainResponse& answer, Output output) {
  if (output == Output::kText) return ExplainText(answer);
  if (output == Output::kCsv) return ExplainCsv(answer);
  return RenderJson(nlohmann::ordered_json::array({AnswerJson(answer)}), output);
}

}  // namespace

void AddExplainOptions(CLI::App& app, ExplainOptions& options) {
  AddQuestionOptions(app, options.collector);
  app.add_option("--location", options.filter.locations, "seen from here")->required()->expected(1);
  app.add_option("--endpoint", options.filter.endpoints, "this endpoint")->required()->expected(1);
  app.add_option("--port", options.filter.ports, "this port")->required()->expected(1);
  app.add_option("--profile", options.filter.profiles, "only this client profile, repeatable");
  AddAgentOption(app, options.filter);
  AddAtOption(app, options.filter);
}

int RunExplain(const ExplainOptions& options) {
  const FilterOptions& filter = options.filter;
  const auto at = AtOf(filter, NowMs());
  if (!at.ok()) return RefuseUsage("explain", at.status());
  const auto link = CollectorLink::OpenForQuestions("explain", options.collector);
  if (!link) return kExitUsage;
  v1::ExplainRequest request;
  request.set_location(filter.locations.front());
  request.set_endpoint(filter.endpoints.front());
  request.set_port(filter.ports.front());
  for (const auto& profile : filter.profiles) request.add_profiles(profile);
  for (const auto& agent : filter.agents) request.add_agents(agent);
  if (*at) *request.mutable_at() = **at;
  v1::ExplainResponse answer;
  const auto context = link->Context();
  const int code =
      link->ExitCode(v1::Query::NewStub(link->channel())->Explain(context.get(), request, &answer));
  if (code == kExitOk) Print(Formatted(answer, link->output()));
  return code;
}

}  // namespace relaywatch::cli
