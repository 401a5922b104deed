#include "tests/bench/store/writing.h"

#include <algorithm>
#include <chrono>
#include <span>

#include "tests/bench/dialogue/cpu_time.h"
#include "tests/bench/store/measure.h"

namespace relaywatch::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kGroup = 20'000;
// As in the writer (collector/ingest/writer.cc).
constexpr std::chrono::milliseconds kMinMaintenance{25};
constexpr std::chrono::milliseconds kMaxMaintenance{100};
constexpr std::int64_t kRememberEvery = 200'000;

double Seconds(steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

void Maintain(collector::SqliteStore& store, std::int64_t now_ms, steady_clock::duration worked) {
  const auto start = steady_clock::now();
  const auto share = std::clamp<steady_clock::duration>(worked, kMinMaintenance, kMaxMaintenance);
  bool more = true;
  while (more && steady_clock::now() - start < share) {
    const auto step = store.Maintain(now_ms);
    Must(step.status());
    more = *step;
  }
}

}  // namespace

WritingCost& WritingCost::operator+=(const WritingCost& more) {
  results += more.results;
  wall_s += more.wall_s;
  cpu_s += more.cpu_s;
  longest_s = std::max(longest_s, more.longest_s);
  return *this;
}

WritingCost WriteHistory(collector::SqliteStore& store, FleetHistory& fleet, std::int64_t results) {
  WritingCost cost;
  collector::CommitSet set;
  std::vector<collector::ResultRow> made;
  std::size_t taken = 0;
  std::int64_t remembered = 0;
  while (cost.results < results) {
    if (taken == made.size()) {
      made.clear();
      taken = 0;
      while (made.size() < kGroup) fleet.Round(made);
    }
    const std::size_t count = std::min(kGroup, made.size() - taken);
    const auto group = std::span(made).subspan(taken, count);
    set.results.assign(group.begin(), group.end());
    taken += count;
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
    Maintain(store, fleet.now_ms(), committed - start);
    const auto done = steady_clock::now();
    cost.cpu_s += ThreadCpuSeconds() - cpu;
    cost.wall_s += Seconds(done - start);
    cost.longest_s = std::max(cost.longest_s, Seconds(done - committed));
    set.Clear();
  }
  return cost;
}

}  // namespace relaywatch::bench
