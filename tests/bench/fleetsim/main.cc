// relaywatch-bench-fleetsim: a fleet of agents, each with its own certificate and mutual TLS
// stream, on one real relaywatch-collector over loopback. Measured of the collector, by the
// kernel's count: memory a stream, CPU a message at two rates and of a silent stream
// (message_cost.h), and how the fleet comes back after the collector was killed and started again.
// The reference, in the same run: the same fleet on a server that is gRPC alone (floor_main.cc).
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/lock_checks.h"
#include "tests/bench/agent/process_usage.h"
#include "tests/bench/dialogue/result.h"
#include "tests/bench/fleetsim/connected_sampler.h"
#include "tests/bench/fleetsim/fleet.h"
#include "tests/bench/fleetsim/message_cost.h"
#include "tests/bench/fleetsim/site.h"

namespace relaywatch::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kConnectSpread{20};
constexpr std::chrono::seconds kLimit{120};
constexpr std::chrono::seconds kTalkInterval{4};
constexpr double kMaxKibOfStream = 100;
constexpr double kMaxCpuUs = 60;
constexpr double kMaxPeak = 3;

// Three descriptors an agent here, one at the collector, which inherits the limit.
void AllowDescriptors(int agents) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const auto needed = static_cast<rlim_t>(std::max(agents, kCostStreams)) * 3 + 1'000;
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, needed);
  limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
  Require(setrlimit(RLIMIT_NOFILE, &limit) == 0,
          fmt::format("{} open files are not allowed", limit.rlim_cur));
}

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

struct Cost {
  double kib = 0;  // a stream
  MessageCost messages;
};

// On a server of its own, with as many streams as the rates are stated for.
MessageCost MessagesOf(void (Site::*start)()) {
  Site site;
  (site.*start)();
  return MeasureMessages(site);
}

Cost CostOfFloor(int agents) {
  Cost cost{.messages = MessagesOf(&Site::StartFloor)};
  Site site;
  site.StartFloor();
  Fleet fleet(agents, site.address(), site.ca());
  cost.kib = MemoryOfStream(site, fleet);
  return cost;
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

Result Row(const std::string& name, double value, const char* unit, std::optional<double> mark,
           std::optional<double> reference = {}) {
  return {.name = "fleet, " + name,
          .value = value,
          .unit = unit,
          .reference = reference,
          .ratio = reference ? std::optional(value / *reference) : std::nullopt,
          .mark = mark ? fmt::format("<= {}", *mark) : "-",
          .met = !mark || value <= *mark};
}

std::vector<Result> Rows(int agents, const Cost& cost, const Cost& floor, const Herd& herd) {
  const std::string all = fmt::format(", {} agents", agents);
  const std::string slow = fmt::format(", {} a second", kSlowRate);
  const std::string fast = fmt::format(", {} a second", kFastRate);
  const std::string more = fmt::format(" from {} to {}", kSlowRate, kFastRate);
  const MessageCost& own = cost.messages;
  const MessageCost& grpc = floor.messages;
  return {
      Row("memory a stream" + all, cost.kib, "KiB", kMaxKibOfStream, floor.kib),
      Row("CPU a second of a silent stream", own.idle_us, "us", {}, grpc.idle_us),
      Row("CPU a message of 2 results" + slow, own.slow_us, "us", kMaxCpuUs, grpc.slow_us),
      Row("CPU a message of 2 results" + fast, own.fast_us, "us", kMaxCpuUs, grpc.fast_us),
      Row("CPU of one message more" + more, own.marginal_us, "us", kMaxCpuUs, grpc.marginal_us),
      Row("all back after a restart" + all, herd.seconds, "s", kLimit.count()),
      Row("busiest second against the mean" + all, herd.peak, "x", kMaxPeak),
  };
}

int Main(int agents, bool json) {
  TurnOffLockChecks();
  spdlog::set_level(spdlog::level::off);  // a fleet that loses its collector has much to say
  AllowDescriptors(agents);
  const Cost floor = CostOfFloor(agents);
  const MessageCost messages = MessagesOf(&Site::StartCollector);
  Site site;
  site.StartCollector();
  Fleet fleet(agents, site.address(), site.ca());
  const double kib = MemoryOfStream(site, fleet);
  const Herd herd = ComeBack(site, fleet);
  return Print(Rows(agents, {kib, messages}, floor, herd), json);
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
