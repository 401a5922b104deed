#include "cli/compare_command.h"

#include <CLI/CLI.hpp>

#include "cli/table.h"
#include "common/json/answers_json.h"
#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::cli {
namespace {

std::string Formatted(const v1::CompareResponse& answer, Output output) {
  if (output == Output::kText) return CompareText(answer);
  if (output == Output::kCsv) return CompareCsv(answer);
  auto services = nlohmann::ordered_json::array();
  for (const auto& service : answer.services()) services.push_back(AnswerJson(service, answer));
  return RenderJson(services, output);
}

}  // namespace

void AddCompareOptions(CLI::App& app, CompareOptions& options) {
  AddQuestionOptions(app, options.collector);
  app.add_option("--location", options.filter.locations, "one of the two places; give it twice")
      ->required();
  AddPlaceOptions(app, options.filter);
  AddAtOption(app, options.filter);
}

int RunCompare(const CompareOptions& options) {
  const std::int64_t now_ms = NowMs();
  const auto at = AtOf(options.filter, now_ms);
  if (!at.ok()) return RefuseUsage("compare", at.status());
  const auto filter = FilterOf(options.filter, now_ms);
  if (!filter.ok()) return RefuseUsage("compare", filter.status());
  if (filter->locations_size() != 2) {
    return RefuseUsage("compare", absl::InvalidArgumentError("--location: name two places"));
  }
  const auto link = CollectorLink::OpenForQuestions("compare", options.collector);
  if (!link) return kExitUsage;
  v1::CompareRequest request;
  *request.mutable_filter() = *filter;
  request.mutable_locations()->Swap(request.mutable_filter()->mutable_locations());
  if (*at) *request.mutable_at() = **at;
  v1::CompareResponse answer;
  const auto context = link->Context();
  const int code =
      link->ExitCode(v1::Query::NewStub(link->channel())->Compare(context.get(), request, &answer));
  if (code == kExitOk) Print(Formatted(answer, link->output()));
  return code;
}

}  // namespace relaywatch::cli
