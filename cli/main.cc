// The `relaywatch` command: one subcommand each in its own file, exit codes in output.h.
#include <CLI/CLI.hpp>
#include <csignal>

#include "cli/changes_command.h"
#include "cli/compare_command.h"
#include "cli/explain_command.h"
#include "cli/export_command.h"
#include "cli/fleet_commands.h"
#include "cli/history_command.h"
#include "cli/matrix_command.h"
#include "cli/operator_commands.h"
#include "cli/probe_command.h"
#include "cli/store_commands.h"
#include "common/version.h"

int main(int argc, char** argv) {
  namespace cli = relaywatch::cli;
  std::signal(SIGPIPE, SIG_IGN);  // a server that hangs up is data, not a reason to die

  CLI::App app("Relaywatch: could this mail client send mail from here?", "relaywatch");
  app.set_version_flag("--version", std::string("relaywatch ") + relaywatch::kVersion);
  app.require_subcommand(1);

  cli::ProbeOptions probe;
  CLI::App& probe_command = *app.add_subcommand("probe", "probe mail servers from this host, once");
  cli::AddProbeOptions(probe_command, probe);

  cli::MatrixOptions matrix;
  CLI::App& matrix_command =
      *app.add_subcommand("matrix", "what the collector knows: location, endpoint, profile");
  cli::AddMatrixOptions(matrix_command, matrix);

  cli::HistoryOptions history;
  CLI::App& history_command = *app.add_subcommand("history", "what was seen over a time");
  cli::AddHistoryOptions(history_command, history);

  cli::CompareOptions compare;
  CLI::App& compare_command =
      *app.add_subcommand("compare", "the same endpoints from two places, and why they differ");
  cli::AddCompareOptions(compare_command, compare);

  cli::ExplainOptions explain;
  CLI::App& explain_command =
      *app.add_subcommand("explain", "one service from one place: evidence, verdicts, advice");
  cli::AddExplainOptions(explain_command, explain);

  cli::ExportOptions every_result;
  CLI::App& export_command = *app.add_subcommand("export", "every result, one a line");
  cli::AddExportOptions(export_command, every_result);

  cli::ChangesOptions changes;
  cli::AddChangesCommand(app, changes);

  cli::FleetOptions fleet;
  cli::AddFleetCommands(app, fleet);

  cli::OperatorOptions operators;
  cli::AddOperatorCommands(app, operators);

  cli::StoreOptions store;
  cli::AddStoreCommands(app, store);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::kExitOk : cli::kExitUsage;
  }
  if (app.got_subcommand("changes")) return cli::RunChanges(app, changes);
  if (cli::IsStoreCommand(app)) return cli::RunStoreCommand(app, store);
  if (cli::IsFleetCommand(app)) return cli::RunFleetCommand(app, fleet);
  if (app.got_subcommand("operator")) return cli::RunOperatorCommand(app, operators);
  if (history_command.parsed()) return cli::RunHistory(history);
  if (compare_command.parsed()) return cli::RunCompare(compare);
  if (explain_command.parsed()) return cli::RunExplain(explain);
  if (export_command.parsed()) return cli::RunExport(every_result);
  return probe_command.parsed() ? cli::RunProbe(probe) : cli::RunMatrix(matrix);
}
