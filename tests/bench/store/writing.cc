#include "tests/bench/store/writing.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "tests/bench/dialogue/cpu_time.h"

namespace relaywatch::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kGroup = 5'000;
// As in the writer (collector/ingest/writer.cc).
constexpr std::chrono::milliseconds kMaintenanceShare{25};
constexpr std::int64_t kRememberEvery = 200'000;

void Must(const absl::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "store benchmark: {}\n", std::string(status.message()));
  std::exit(1);
}

double Seconds(steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

void Maintain(collector::SqliteStore& store, std::int64_t now_ms) {
  const auto start = steady_clock::now();
  bool more = true;
  while (more && steady_clock::now() - start < kMaintenanceShare) {
    const auto step = store.Maintain(now_ms);
    Must(step.status());
    more = *step;
  }
}

}  // namespace

WritingCost WriteHistory(collector::SqliteStore& store, FleetHistory& fleet, std::int64_t results) {
  WritingCost cost;
  collector::CommitSet set;
  std::int64_t remembered = 0;
  while (cost.results < results) {
    while (set.results.size() < kGroup) fleet.Round(set.results);
    cost.results += static_cast<std::int64_t>(set.results.size());
    if (cost.results - remembered >= kRememberEvery) {
      remembered = cost.results;
      set.latest = fleet.Latest();
      set.latest_complete = true;
    }
    const double cpu = ThreadCpuSeconds();
    const auto start = steady_clock::now();
    Must(store.Commit(set));
    const auto committed = steady_clock::now();
    Maintain(store, fleet.now_ms());
    const auto done = steady_clock::now();
    cost.cpu_s += ThreadCpuSeconds() - cpu;
    cost.wall_s += Seconds(done - start);
    cost.longest_s = std::max(cost.longest_s, Seconds(done - committed));
    set.Clear();
  }
  return cost;
}

}  // namespace relaywatch::bench
