// relaywatch-agent: reads its configuration, runs the agent until SIGTERM or SIGINT, and takes over
// a changed configuration at SIGHUP. Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage,
// 78 bad configuration (EX_CONFIG).
#include <grpc/support/log.h>
#include <malloc.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/agent.h"
#include "agent/enrollment/enroll.h"
#include "agent/enrollment/identity_store.h"
#include "common/clock.h"
#include "common/lock_checks.h"
#include "common/log.h"
#include "common/secret/secret.h"
#include "common/version.h"

namespace relaywatch::agent {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitConfiguration = 78;

int Fail(const absl::Status& status, int exit_code) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return exit_code;
}

void Reload(Agent& agent, const std::string& config_file, const Clock& clock) {
  auto settings = LoadSettings(config_file, clock);
  absl::Status status = settings.status();
  std::string level;
  if (settings.ok()) {
    level = settings->config.log_level;
    status = agent.Reload(*std::move(settings));
  }
  if (!status.ok()) {
    spdlog::error("reload: the old configuration stays in force: {}",
                  std::string(status.message()));
    return;
  }
  spdlog::set_level(spdlog::level::from_str(level));
  spdlog::info("reload: {} is in force", config_file);
}

// What gRPC has to say is said again by the uplink, in an operator's words.
void LogGrpc(gpr_log_func_args* line) { spdlog::debug("grpc: {}", line->message); }

// Runs the io_context until the agent has stopped; fails where it cannot start.
absl::Status RunUntilStopped(asio::io_context& io, Agent& agent, const std::string& config_file,
                             const Clock& clock) {
  asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
  std::function<void()> wait = [&] {
    signals.async_wait([&](const asio::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        Reload(agent, config_file, clock);
        return wait();
      }
      spdlog::info("stopping");
      agent.Stop([&io] { io.stop(); });
    });
  };
  wait();
  if (auto started = agent.Start(); !started.ok()) return started;
  io.run();
  return absl::OkStatus();
}

// Signals of an operator while there is no agent yet: SIGTERM and SIGINT end the wait, SIGHUP cuts
// it short, so that a new token is tried at once.
class EarlySignals {
 public:
  EarlySignals() {
    sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~EarlySignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  // False: asked to stop.
  bool Wait(std::chrono::milliseconds wait) const {
    const timespec limit{wait.count() / 1000, wait.count() % 1000 * 1'000'000};
    const int signal = sigtimedwait(&signals_, nullptr, &limit);
    return signal != SIGTERM && signal != SIGINT;
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

// A host that is to become an agent by itself gets its identity here. Unset: go on.
std::optional<int> Enroll(const std::string& config_file, bool check_only, const Clock& clock) {
  const auto config = LoadConfig(config_file);
  if (!config.ok()) return Fail(config.status(), kExitConfiguration);
  if (!config->enrollment) return std::nullopt;
  KeepMemoryPrivate();  // there may be a token in it
  absl::Status status;
  if (check_only) {
    status = CheckEnrollment(*config);
    if (!status.ok()) return Fail(status, kExitConfiguration);
    if (IdentityStore(config->state_directory).HasIdentity()) return std::nullopt;
    std::printf("%s: ok, not enrolled yet\n", config_file.c_str());
    return 0;
  }
  StartLogging(config->log_level);
  gpr_set_log_function(LogGrpc);
  const EarlySignals signals;
  status = EnsureIdentity(
      *config, clock, [&signals](std::chrono::milliseconds wait) { return signals.Wait(wait); });
  if (absl::IsCancelled(status)) return 0;
  if (!status.ok()) return Fail(status, kExitConfiguration);
  return std::nullopt;
}

int Run(const std::string& config_file, bool check_only) {
  const SystemClock clock;
  if (const auto ended = Enroll(config_file, check_only, clock)) return *ended;
  auto settings = LoadSettings(config_file, clock);
  if (!settings.ok()) return Fail(settings.status(), kExitConfiguration);
  const std::string log_level = settings->config.log_level;
  asio::io_context io(1);  // one thread: no locks within
  auto agent = Agent::Create(io, clock, *std::move(settings));
  if (!agent.ok()) return Fail(agent.status(), kExitConfiguration);
  if (check_only) {
    std::printf("%s: ok\n", config_file.c_str());
    return 0;
  }
  StartLogging(log_level);
  gpr_set_log_function(LogGrpc);
  spdlog::info("relaywatch-agent {} begins with {}", kVersion, config_file);
  if (auto ran = RunUntilStopped(io, **agent, config_file, clock); !ran.ok()) return Fail(ran, 1);
  // What is left takes a moment; a second signal must not turn a good end into a bad one.
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app("Probes mail servers from this network and tells the collector.");
  std::string config_file;
  bool check_only = false;
  app.set_version_flag("--version", kVersion);
  app.add_option("--config", config_file, "agent.yaml")->required();
  app.add_flag("--check-config", check_only, "check the configuration and its files, then end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  return Run(config_file, check_only);
}

}  // namespace
}  // namespace relaywatch::agent

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  // gRPC's threads allocate little; an arena of their own for each would cost more than it saves.
  mallopt(M_ARENA_MAX, 2);
  relaywatch::TurnOffLockChecks();
  try {
    return relaywatch::agent::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "relaywatch-agent: %s\n", error.what());
    return 1;
  }
}
