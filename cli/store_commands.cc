#include "cli/store_commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "cli/csv.h"
#include "cli/table.h"
#include "common/taxonomy.h"
#include "relaywatch/v1/admin.grpc.pb.h"

namespace relaywatch::cli {
namespace {

// A large store takes as long as its disk needs.
constexpr std::chrono::hours kBackupTime{6};
constexpr std::chrono::minutes kRejudgeTime{10};

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) + duration.nanos() * 1e-9;
}

std::string Line(const std::vector<std::string>& fields) { return CsvRecord(fields); }

std::string Text(const v1::RejudgeResponse& report) {
  std::string text = fmt::format("{} outcomes judged in {:.2f} s, {} judgements added\n",
                                 report.outcomes(), Seconds(report.took()), report.added());
  if (report.changes().empty()) return text + "no verdict changed\n";
  Rows rows = {{"PROFILE", "FROM", "TO", "OUTCOMES"}};
  for (const auto& change : report.changes()) {
    rows.push_back({change.profile(), std::string(Label(change.from())),
                    std::string(Label(change.to())), std::to_string(change.outcomes())});
  }
  return text + RenderColumns(rows);
}

std::string Csv(const v1::RejudgeResponse& report) {
  std::string text = Line({"profile", "from", "to", "outcomes"});
  for (const auto& change : report.changes()) {
    text += Line({change.profile(), std::string(Label(change.from())),
                  std::string(Label(change.to())), std::to_string(change.outcomes())});
  }
  return text;
}

nlohmann::ordered_json Json(const v1::RejudgeResponse& report) {
  auto changes = nlohmann::ordered_json::array();
  for (const auto& change : report.changes()) {
    changes.push_back({{"profile", change.profile()},
                       {"from", Label(change.from())},
                       {"to", Label(change.to())},
                       {"outcomes", change.outcomes()}});
  }
  return {{"outcomes", report.outcomes()},
          {"added", report.added()},
          {"seconds", Seconds(report.took())},
          {"changes", changes}};
}

std::string Formatted(const v1::RejudgeResponse& report, Output output) {
  if (output == Output::kText) return Text(report);
  if (output == Output::kCsv) return Csv(report);
  return RenderJson(nlohmann::ordered_json::array({Json(report)}), output);
}

int Rejudge(const StoreOptions& options) {
  const auto link = CollectorLink::Open("rejudge", options.collector);
  if (!link) return kExitUsage;
  v1::RejudgeResponse response;
  const auto context = link->Context(kRejudgeTime);
  const int code =
      link->ExitCode(v1::Admin::NewStub(link->channel())->Rejudge(context.get(), {}, &response));
  if (code == kExitOk) Print(Formatted(response, link->output()));
  return code;
}

int Backup(const StoreOptions& options) {
  const auto link = CollectorLink::Open("backup", options.collector);
  if (!link) return kExitUsage;
  v1::BackupRequest request;
  std::error_code error;
  // The collector has another working directory.
  const auto directory = std::filesystem::absolute(options.directory, error);
  if (error || options.directory.empty()) {
    fmt::print(stderr, "relaywatch backup: DIRECTORY: \"{}\" is no path from here\n",
               options.directory);
    return kExitUsage;
  }
  request.set_directory(directory.lexically_normal().string());
  v1::BackupResponse response;
  const auto context = link->Context(kBackupTime);
  const int code = link->ExitCode(
      v1::Admin::NewStub(link->channel())->Backup(context.get(), request, &response));
  if (code != kExitOk) return code;
  if (link->output() == Output::kText) {
    Print(fmt::format("{}: {} bytes in {:.1f} s\n", request.directory(), response.bytes(),
                      Seconds(response.took())));
  } else if (link->output() == Output::kCsv) {
    Print(Line({"directory", "bytes", "seconds"}) +
          Line({request.directory(), std::to_string(response.bytes()),
                fmt::format("{:.3f}", Seconds(response.took()))}));
  } else {
    Print(RenderJson(nlohmann::ordered_json::array({{{"directory", request.directory()},
                                                     {"bytes", response.bytes()},
                                                     {"seconds", Seconds(response.took())}}}),
                     link->output()));
  }
  return kExitOk;
}

}  // namespace

void AddStoreCommands(CLI::App& app, StoreOptions& options) {
  CLI::App& rejudge =
      *app.add_subcommand("rejudge", "judge all of history by the profiles in force");
  CLI::App& backup = *app.add_subcommand("backup", "copy the collector's data while it runs");
  backup
      .add_option("DIRECTORY", options.directory,
                  "at the collector, not there yet; a data directory to start from")
      ->required();
  for (CLI::App* command : {&rejudge, &backup}) AddCollectorOptions(*command, options.collector);
}

bool IsStoreCommand(const CLI::App& app) {
  return app.got_subcommand("rejudge") || app.got_subcommand("backup");
}

int RunStoreCommand(const CLI::App& app, const StoreOptions& options) {
  return app.got_subcommand("rejudge") ? Rejudge(options) : Backup(options);
}

}  // namespace relaywatch::cli
