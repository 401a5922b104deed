// relaywatch-demo-mail: the demonstration mail server of the quickstart. It never accepts mail.
// Exit codes as the daemons': 0 ok, 1 runtime failure, 2 usage, 78 bad configuration.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <iostream>

#include "tests/support/mail/config.h"
#include "tests/support/mail/server.h"

namespace relaywatch::support {
namespace {

int Serve(MailServerConfig config) {
  asio::io_context io(1);
  const MailServer server(io, std::move(config));
  asio::signal_set stop(io, SIGINT, SIGTERM);
  stop.async_wait([&](std::error_code, int) { io.stop(); });
  std::cerr << "relaywatch-demo-mail: ready on ports";
  for (const std::uint16_t port : server.ports()) std::cerr << ' ' << port;
  std::cerr << std::endl;
  io.run();
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app("Demonstration mail server: its rules differ by client network. Accepts no mail.");
  std::string file;
  app.add_option("--config", file, "YAML file")->required();
  bool check_only = false;
  app.add_flag("--check-config", check_only, "Say whether the configuration is good and stop");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  absl::StatusOr<MailServerConfig> config = LoadMailServerConfig(file);
  if (!config.ok()) {
    std::cerr << config.status().message() << '\n';
    return EX_CONFIG;
  }
  if (check_only) return 0;
  try {
    return Serve(*std::move(config));
  } catch (const std::exception& error) {
    std::cerr << "relaywatch-demo-mail: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace
}  // namespace relaywatch::support

int main(int argc, char** argv) { return relaywatch::support::Main(argc, argv); }
