// The `relaywatch` command: one subcommand each in its own file, exit codes in output.h.
#include <CLI/CLI.hpp>
#include <csignal>

#include "cli/fleet_commands.h"
#include "cli/matrix_command.h"
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

  cli::FleetOptions fleet;
  cli::AddFleetCommands(app, fleet);

  cli::StoreOptions store;
  cli::AddStoreCommands(app, store);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::kExitOk : cli::kExitUsage;
  }
  if (cli::IsStoreCommand(app)) return cli::RunStoreCommand(app, store);
  if (cli::IsFleetCommand(app)) return cli::RunFleetCommand(app, fleet);
  return probe_command.parsed() ? cli::RunProbe(probe) : cli::RunMatrix(matrix);
}
