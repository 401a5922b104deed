#include "cli/matrix_command.h"

#include <CLI/CLI.hpp>

#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::cli {
namespace {

std::string Formatted(const v1::MatrixResponse& response, Output output) {
  if (output == Output::kText) return MatrixText(response);
  if (output == Output::kCsv) return MatrixCsv(response);
  return MatrixJson(response, output);
}

// All pages in one.
grpc::Status Ask(const CollectorLink& link, v1::MatrixRequest request, v1::MatrixResponse& all) {
  const auto stub = v1::Query::NewStub(link.channel());
  do {
    v1::MatrixResponse page;
    const auto context = link.Context();
    const grpc::Status status = stub->Matrix(context.get(), request, &page);
    if (!status.ok()) return status;
    request.mutable_page()->set_token(page.next_page_token());
    for (v1::MatrixCell& cell : *page.mutable_cells()) all.add_cells()->Swap(&cell);
  } while (!request.page().token().empty());
  return grpc::Status::OK;
}

}  // namespace

void AddMatrixOptions(CLI::App& app, MatrixOptions& options) {
  AddQuestionOptions(app, options.collector);
  AddLocationOption(app, options.filter);
  AddPlaceOptions(app, options.filter);
  AddAtOption(app, options.filter);
}

int RunMatrix(const MatrixOptions& options) {
  const std::int64_t now_ms = NowMs();
  const auto filter = FilterOf(options.filter, now_ms);
  if (!filter.ok()) return RefuseUsage("matrix", filter.status());
  const auto at = AtOf(options.filter, now_ms);
  if (!at.ok()) return RefuseUsage("matrix", at.status());
  const auto link = CollectorLink::OpenForQuestions("matrix", options.collector);
  if (!link) return kExitUsage;
  v1::MatrixRequest request;
  *request.mutable_filter() = *filter;
  if (*at) *request.mutable_at() = **at;
  v1::MatrixResponse response;
  const int code = link->ExitCode(Ask(*link, std::move(request), response));
  if (code == kExitOk) Print(Formatted(response, link->output()));
  return code;
}

}  // namespace relaywatch::cli
