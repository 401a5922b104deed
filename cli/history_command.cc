#include "cli/history_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/table.h"
#include "common/json/answers_json.h"
#include "common/yaml/reader.h"
#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::cli {
namespace {

std::string Formatted(const v1::HistoryResponse& answer, Output output) {
  if (output == Output::kText) return HistoryText(answer);
  if (output == Output::kCsv) return HistoryCsv(answer);
  auto rows = nlohmann::ordered_json::array();
  for (const v1::HistoryRow& row : answer.rows()) rows.push_back(AnswerJson(row, answer));
  return RenderJson(rows, output);
}

absl::Status SetStep(const HistoryOptions& options, v1::HistoryRequest& request) {
  if (options.step.empty()) return absl::OkStatus();
  const auto step = yaml::ParseDuration(options.step);
  if (!step || step->count() <= 0) {
    return absl::InvalidArgumentError(
        fmt::format("--step: \"{}\" is no duration such as 5m or 1h", options.step));
  }
  request.mutable_step()->set_seconds(step->count() / 1000);
  request.mutable_step()->set_nanos(static_cast<int>(step->count() % 1000) * 1'000'000);
  return absl::OkStatus();
}

// All pages in one; the range is fixed so that all are of the same time.
grpc::Status Ask(const CollectorLink& link, v1::HistoryRequest request, v1::HistoryResponse& all) {
  const auto stub = v1::Query::NewStub(link.channel());
  do {
    v1::HistoryResponse page;
    const auto context = link.Context();
    const grpc::Status status = stub->History(context.get(), request, &page);
    if (!status.ok()) return status;
    request.mutable_page()->set_token(page.next_page_token());
    auto rows = std::move(*all.mutable_rows());
    for (v1::HistoryRow& row : *page.mutable_rows()) rows.Add()->Swap(&row);
    all = std::move(page);
    *all.mutable_rows() = std::move(rows);
  } while (!request.page().token().empty());
  return grpc::Status::OK;
}

}  // namespace

void AddHistoryOptions(CLI::App& app, HistoryOptions& options) {
  AddQuestionOptions(app, options.collector);
  AddLocationOption(app, options.filter);
  AddPlaceOptions(app, options.filter);
  AddAgentOption(app, options.filter);
  AddRangeOptions(app, options.filter);
  app.add_option("--step", options.step, "length of a line, such as 5m; about 48 lines otherwise");
}

int RunHistory(const HistoryOptions& options) {
  const std::int64_t now_ms = NowMs();
  const auto filter = FilterOf(options.filter, now_ms);
  if (!filter.ok()) return RefuseUsage("history", filter.status());
  v1::HistoryRequest request;
  *request.mutable_filter() = *filter;
  if (!filter->has_until()) {
    request.mutable_filter()->mutable_until()->set_seconds(now_ms / 1000 + 1);
  }
  if (auto step = SetStep(options, request); !step.ok()) return RefuseUsage("history", step);
  const auto link = CollectorLink::OpenForQuestions("history", options.collector);
  if (!link) return kExitUsage;
  v1::HistoryResponse answer;
  const int code = link->ExitCode(Ask(*link, std::move(request), answer));
  if (code == kExitOk) Print(Formatted(answer, link->output()));
  return code;
}

}  // namespace relaywatch::cli
