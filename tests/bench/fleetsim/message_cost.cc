#include "tests/bench/fleetsim/message_cost.h"

#include <fmt/format.h>

#include <chrono>

#include "tests/bench/agent/process_usage.h"
#include "tests/bench/fleetsim/wire_fleet.h"

namespace relaywatch::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kWatched = 10s;
constexpr auto kSettle = 2s;
constexpr auto kLimit = 30s;

// Seconds of CPU that the process takes in a second at this rate.
double CpuAt(const Site& site, WireFleet& fleet, int rate) {
  fleet.Run(rate, kSettle);
  const double before = CpuSecondsOf(site.collector());
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t said = fleet.said();
  fleet.Run(rate, kWatched);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const double messages = static_cast<double>(fleet.said() - said);
  Require(messages >= 0.95 * rate * took.count(),
          fmt::format("{:.0f} messages instead of {} a second", messages / took.count(), rate));
  return (CpuSecondsOf(site.collector()) - before) / took.count();
}

}  // namespace

MessageCost MeasureMessages(const Site& site) {
  WireFleet fleet(kCostStreams, site.port(), site.ca());
  Require(fleet.Settle(kLimit), "not every wire agent was welcomed");
  fleet.Run(kCostStreams, kSettle);  // the dictionary of each stream
  const double idle = CpuAt(site, fleet, 0);
  const double slow = CpuAt(site, fleet, kSlowRate);
  const double fast = CpuAt(site, fleet, kFastRate);
  Require(fleet.Settle(kLimit), "results were not acknowledged");
  return {.idle_us = idle * 1e6 / kCostStreams,
          .slow_us = (slow - idle) * 1e6 / kSlowRate,
          .fast_us = (fast - idle) * 1e6 / kFastRate,
          .marginal_us = (fast - slow) * 1e6 / (kFastRate - kSlowRate)};
}

}  // namespace relaywatch::bench
