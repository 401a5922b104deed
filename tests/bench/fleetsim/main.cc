// relaywatch-bench-fleetsim: a fleet of agents, each with its own certificate and mutual TLS
// stream, on one real relaywatch-collector over loopback. Measured of the collector, by the
// kernel's count: memory a stream, CPU a message (batches of two results and the agents' reports,
// Acks included), and how the fleet comes back after the collector was killed and started again.
// The reference, in the same run: the same fleet on a server that is gRPC alone (floor_main.cc).
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/lock_checks.h"
#include "tests/bench/agent/process_usage.h"
#include "tests/bench/dialogue/result.h"
#include "tests/bench/fleetsim/connected_sampler.h"
#include "tests/bench/fleetsim/fleet.h"
#include "tests/support/network.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::bench {
namespace {

using support::Process;
using namespace std::chrono_literals;

constexpr std::chrono::seconds kConnectSpread{20};
constexpr std::chrono::seconds kLimit{120};
constexpr std::chrono::seconds kTalkInterval{4};
constexpr std::chrono::seconds kWatched{30};
constexpr double kMaxKibOfStream = 100;
constexpr double kMaxCpuUs = 60;
constexpr double kMaxPeak = 3;

void Require(bool ok, const std::string& what) {
  if (ok) return;
  fmt::print(stderr, "bench/fleetsim: {}\n", what);
  std::exit(1);
}

// Three descriptors an agent here, one at the collector, which inherits the limit.
void AllowDescriptors(int agents) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, static_cast<rlim_t>(agents) * 3 + 1'000);
  limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
  Require(setrlimit(RLIMIT_NOFILE, &limit) == 0,
          fmt::format("{} open files are not allowed", limit.rlim_cur));
}

class Site {
 public:
  Site() {
    directory_.Write("ca.pem", ca_.certificate_pem());
    directory_.Write("collector.pem", ca_.Issue({.names = {"localhost"}}).IdentityPem());
    directory_.Write("collector.yaml",
                     fmt::format("listen: {{agents: '127.0.0.1:{}', http: '127.0.0.1:{}', admin: "
                                 "admin.sock}}\nidentity: collector.pem\nca: ca.pem\n"
                                 "deployment: bench\ndata_directory: data\nlog_level: error\n",
                                 port_, http_port_));
  }

  void StartCollector() {
    Start({RELAYWATCH_COLLECTOR, "--config", directory_ / "collector.yaml"});
  }
  // What stands in for it as the reference (floor_main.cc).
  void StartFloor() {
    Start({RELAYWATCH_FLEET_FLOOR, address(), directory_ / "collector.pem", directory_ / "ca.pem"});
  }
  void KillCollector() {
    collector_->Signal(SIGKILL);
    collector_->WaitForExit(10s);
  }

  pid_t collector() const { return collector_->pid(); }
  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }
  std::uint16_t http_port() const { return http_port_; }
  const support::CertificateAuthority& ca() const { return ca_; }

 private:
  void Start(std::vector<std::string> argv) {
    collector_ = std::make_unique<Process>(support::Command{.argv = std::move(argv)});
    Require(support::WaitForPort("127.0.0.1", port_, 30s), "no collector: " + collector_->Err());
  }

  support::ScratchDirectory directory_;
  support::CertificateAuthority ca_{"Bench CA"};
  std::uint16_t port_ = support::FreePort();
  std::uint16_t http_port_ = support::FreePort();
  std::unique_ptr<Process> collector_;
};

// KiB of the collector for each stream, once all of them stand and have talked.
double MemoryOfStream(Site& site, Fleet& fleet) {
  const double before = MemoryOf(site.collector()).rss_mb;
  fleet.Connect(kConnectSpread);
  const auto all = [&] { return fleet.connected() == fleet.size(); };
  Require(fleet.RunUntil(all, kLimit), fmt::format("{} agents connected", fleet.connected()));
  fleet.Talk(kTalkInterval);
  fleet.RunFor(2 * kTalkInterval);
  return (MemoryOf(site.collector()).rss_mb - before) * 1e6 / 1024 / fleet.size();
}

// Microseconds for each message, of the process and of those more that come with a fleet four times
// as talkative: what a message adds to what a fleet costs that says next to nothing.
struct Cpu {
  double message_us = 0;
  double more_us = 0;
};

struct Watched {
  double cpu_us = 0;
  double messages = 0;
};

Watched Watch(const Site& site, Fleet& fleet) {
  const auto messages = [&] { return fleet.counts().batches + fleet.counts().statuses; };
  const std::uint64_t messages_before = messages();
  const double before = CpuSecondsOf(site.collector());
  fleet.RunFor(kWatched);
  const double seconds = CpuSecondsOf(site.collector()) - before;
  Require(messages() > messages_before, "no messages");
  return {seconds * 1e6, static_cast<double>(messages() - messages_before)};
}

Cpu CpuOfMessage(const Site& site, Fleet& fleet) {
  const Watched usual = Watch(site, fleet);
  fleet.Talk(kTalkInterval * 4);
  fleet.RunFor(kTalkInterval * 4);
  const Watched quiet = Watch(site, fleet);
  fleet.Talk(kTalkInterval);
  return {usual.cpu_us / usual.messages,
          (usual.cpu_us - quiet.cpu_us) / (usual.messages - quiet.messages)};
}

struct Cost {
  double kib = 0;  // a stream
  Cpu cpu;
};

Cost CostOf(Site& site, Fleet& fleet) {
  const double kib = MemoryOfStream(site, fleet);
  return {kib, CpuOfMessage(site, fleet)};
}

Cost CostOfFloor(int agents) {
  Site site;
  site.StartFloor();
  Fleet fleet(agents, site.address(), site.ca());
  return CostOf(site, fleet);
}

struct Herd {
  double seconds = 0;  // from the first to the last that came back
  double peak = 0;     // in the busiest second, against the mean
};

Herd HerdOf(const std::vector<ConnectedSampler::Sample>& samples, int agents) {
  Herd herd;
  const auto first = std::ranges::find_if(samples, [](const auto& s) { return s.connected > 0; });
  const auto last = std::ranges::find_if(first, samples.end(),
                                         [agents](const auto& s) { return s.connected >= agents; });
  if (last == samples.end()) return herd;
  const std::chrono::duration<double> took = last->when - first->when;
  herd.seconds = std::max(took.count(), 1.0);
  double busiest = 0;  // agents a second, over a second or a little more
  for (auto from = first; from != last; ++from) {
    const auto to =
        std::find_if(from, last, [from](const auto& s) { return s.when - from->when >= 1s; });
    const std::chrono::duration<double> window = to->when - from->when;
    busiest = std::max(busiest, (to->connected - from->connected) / std::max(window.count(), 1.0));
  }
  herd.peak = busiest * herd.seconds / agents;
  return herd;
}

Herd ComeBack(Site& site, Fleet& fleet) {
  site.KillCollector();
  fleet.RunFor(1s);  // all of them notice
  site.StartCollector();
  ConnectedSampler sampler(site.http_port());
  const auto back = [&] { return fleet.connected() == fleet.size(); };
  Require(fleet.RunUntil(back, kLimit), fmt::format("{} agents came back", fleet.connected()));
  const Herd herd = HerdOf(sampler.Stop(), fleet.size());
  fleet.Quiet();
  Require(fleet.RunUntil([&] { return fleet.unacknowledged() == 0; }, kLimit),
          fmt::format("{} results never acknowledged", fleet.unacknowledged()));
  return herd;
}

int Main(int agents, bool json) {
  TurnOffLockChecks();
  spdlog::set_level(spdlog::level::off);  // a fleet that loses its collector has much to say
  AllowDescriptors(agents);
  const Cost floor = CostOfFloor(agents);
  Site site;
  site.StartCollector();
  Fleet fleet(agents, site.address(), site.ca());
  const Cost cost = CostOf(site, fleet);
  const Herd herd = ComeBack(site, fleet);
  const std::string suffix = fmt::format(", {} agents", agents);
  const auto result = [&](const std::string& what, double value, const char* unit, double mark,
                          std::optional<double> reference = {}) {
    return Result{.name = what + suffix,
                  .value = value,
                  .unit = unit,
                  .reference = reference,
                  .ratio = reference ? std::optional(value / *reference) : std::nullopt,
                  .mark = fmt::format("<= {}", mark),
                  .met = value <= mark};
  };
  return Print({result("fleet, memory a stream", cost.kib, "KiB", kMaxKibOfStream, floor.kib),
                result("fleet, CPU a message of 2 results", cost.cpu.message_us, "us", kMaxCpuUs,
                       floor.cpu.message_us),
                result("fleet, CPU of one message more", cost.cpu.more_us, "us", kMaxCpuUs,
                       floor.cpu.more_us),
                result("fleet, all back after a restart", herd.seconds, "s", kLimit.count()),
                result("fleet, busiest second against the mean", herd.peak, "x", kMaxPeak)},
               json);
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  CLI::App app("Measures a collector with a fleet of simulated agents.");
  int agents = 5'000;
  std::string output = "text";
  app.add_option("--agents", agents, "how many")->check(CLI::Range(1, 20'000));
  app.add_option("--output", output)->check(CLI::IsMember({"text", "json"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return relaywatch::bench::Main(agents, output == "json");
}
