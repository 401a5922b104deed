#include "cli/export_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::cli {
namespace {

bool Write(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

// A pipe that nobody reads is the reader's choice; a full disk is not.
int WriteFailed(int error) {
  if (error == EPIPE) return kExitOk;
  fmt::print(stderr, "relaywatch export: write: {}\n", std::strerror(error));
  return kExitNotOk;
}

}  // namespace

void AddExportOptions(CLI::App& app, ExportOptions& options) {
  AddQuestionOptions(app, options.collector);
  AddLocationOption(app, options.filter);
  AddPlaceOptions(app, options.filter);
  AddAgentOption(app, options.filter);
  AddRangeOptions(app, options.filter);
}

int RunExport(const ExportOptions& options) {
  const auto filter = FilterOf(options.filter, NowMs());
  if (!filter.ok()) return RefuseUsage("export", filter.status());
  const auto link = CollectorLink::OpenForQuestions("export", options.collector);
  if (!link) return kExitUsage;
  v1::ExportRequest request;
  *request.mutable_filter() = *filter;
  grpc::ClientContext context;  // no deadline: it takes as long as it is read
  const auto stream = v1::Query::NewStub(link->channel())->Export(&context, request);
  ExportFormat format(link->output());
  v1::ExportBatch batch;
  while (stream->Read(&batch)) {
    if (Write(format.Batch(batch))) continue;
    const int error = errno;
    context.TryCancel();
    stream->Finish();
    return WriteFailed(error);
  }
  const int code = link->ExitCode(stream->Finish());
  if (code != kExitOk) return code;
  return Write(format.End()) ? kExitOk : WriteFailed(errno);
}

}  // namespace relaywatch::cli
