// relaywatch-collector: the daemon at the centre. Exit codes: 0 ok, 1 runtime failure, 2 usage, 78
// bad configuration.
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "collector/collector.h"
#include "collector/config/config.h"
#include "collector/file_limit.h"
#include "collector/fleet/credentials.h"
#include "collector/grpc_log.h"
#include "collector/store/open_store.h"
#include "collector/stream_memory.h"
#include "common/clock.h"
#include "common/lock_checks.h"
#include "common/log.h"
#include "common/secret/secret.h"
#include "common/version.h"

namespace {

using relaywatch::collector::Collector;
using relaywatch::collector::Config;
using relaywatch::collector::LoadCredentials;

constexpr int kRuntimeFailure = 1;
constexpr int kUsage = 2;
constexpr int kBadConfiguration = 78;  // EX_CONFIG of sysexits.h

struct Options {
  std::string config_file = "/etc/relaywatch/collector.yaml";
  bool check_config = false;
  bool check_store = false;
};

int Fail(int code, const absl::Status& status) {
  fmt::print(stderr, "relaywatch-collector: {}\n", std::string(status.message()));
  return code;
}

// All threads inherit the mask, so that only Wait gets these signals.
sigset_t BlockSignals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void WaitForEnd(const sigset_t& signals, Collector& collector) {
  int number = 0;
  while (sigwait(&signals, &number) == 0) {
    if (number != SIGHUP) return;
    (void)collector.Reload();  // says itself how it went
  }
}

std::int64_t Now() { return relaywatch::SystemClock().Now().wall_ms / 1000; }

int Run(const Options& options) {
  const auto config = relaywatch::collector::LoadConfig(options.config_file);
  if (!config.ok()) return Fail(kBadConfiguration, config.status());
  relaywatch::KeepMemoryPrivate();  // there may be a CA's key in it
  if (!config->UsesOwnPki()) {
    const auto credentials = LoadCredentials(*config, Now());
    if (!credentials.ok()) return Fail(kBadConfiguration, credentials.status());
  }
  const auto access = relaywatch::collector::WebAccess::Load(config->web_config);
  if (!access.ok()) return Fail(kBadConfiguration, access.status());
  if (options.check_config) {
    fmt::print("{}: ok\n", options.config_file);
    return 0;
  }
  if (options.check_store) {
    const auto checked = relaywatch::collector::CheckStore(config->data_directory);
    if (!checked.ok()) return Fail(kRuntimeFailure, checked);
    fmt::print("{}: ok\n", config->data_directory);
    return 0;
  }
  const sigset_t signals = BlockSignals();
  relaywatch::StartLogging(config->log_level);
  relaywatch::collector::ShowGrpcLog();
  spdlog::info("collector: up to {} open files", relaywatch::collector::RaiseFileLimit());
  auto store =
      relaywatch::collector::OpenStore(config->data_directory, config->retention, Now() * 1000);
  if (!store.ok()) return Fail(kRuntimeFailure, store.status());
  auto credentials = LoadCredentials(*config, Now());  // the data directory is ours now
  if (!credentials.ok()) return Fail(kRuntimeFailure, credentials.status());
  auto collector = Collector::Start(*config, *std::move(credentials), *std::move(store), [&] {
    return relaywatch::collector::LoadConfig(options.config_file);
  });
  if (!collector.ok()) return Fail(kRuntimeFailure, collector.status());
  WaitForEnd(signals, **collector);
  spdlog::info("collector: stopping");
  (*collector)->Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  relaywatch::TurnOffLockChecks();
  relaywatch::collector::KeepSmallBuffers();
  CLI::App app("Collects what Relaywatch agents see, judges it, and tells it.",
               "relaywatch-collector");
  Options options;
  app.add_option("--config", options.config_file, "configuration file")->capture_default_str();
  app.add_flag("--check-config", options.check_config, "check the configuration and exit");
  app.add_flag("--check-store", options.check_store,
               "read the whole store, beside a running collector too, say whether it is sound, and "
               "exit");
  app.set_version_flag("--version", std::string("relaywatch-collector ") + relaywatch::kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return Run(options);
}
