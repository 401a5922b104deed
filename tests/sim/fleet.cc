#include "tests/sim/fleet.h"

#include <fmt/format.h>

#include <cmath>

#include "tests/sim/simulation.h"

namespace relaywatch::sim {
namespace {

constexpr std::int64_t kWorldMs = 30 * kDay;

// Marks. Performance of detection as promised; T is a minute.
constexpr double kMaxConfirmedP95 = 90;
constexpr double kMaxProbableP95 = 2 * 60;

bool IsPool(const Line& line) { return line.fleet.conditions.second_member > 0; }

void CheckQuorum(const Line& line, std::vector<std::string>& missed) {
  const Score& score = line.score;
  if (score.false_alarms > 0) {
    missed.push_back(fmt::format("{}: {} false alarms in {:.2f} key-years, must be 0",
                                 line.fleet.name, score.false_alarms, score.key_years));
  }
  const double p95 = Quantile(score.confirmed_s, 0.95);
  // Left alone, an agent takes its time.
  if (p95 > kMaxConfirmedP95 && line.fleet.conditions.leave_every_ms == 0) {
    missed.push_back(fmt::format("{}: confirmed after {:.0f} s at p95, must be {:.0f}",
                                 line.fleet.name, p95, kMaxConfirmedP95));
  }
}

void CheckSingle(const Line& line, std::vector<std::string>& missed) {
  const double p95 = Quantile(line.score.probable_s, 0.95);
  if (p95 > kMaxProbableP95) {
    missed.push_back(fmt::format("{}: probable after {:.0f} s at p95, must be {:.0f}",
                                 line.fleet.name, p95, kMaxProbableP95));
  }
}

void CheckPool(const Line& line, std::vector<std::string>& missed) {
  if (line.score.pools_told < line.score.pools) {
    missed.push_back(fmt::format("{}: {} of {} pools were told as such", line.fleet.name,
                                 line.score.pools_told, line.score.pools));
  }
}

}  // namespace

const std::vector<Fleet>& Fleets() {
  static const std::vector<Fleet> fleets{
      {.name = "2 agents", .conditions = {.agents = 2}, .share = 0.45},
      {.name = "2 agents, leaving",
       .conditions = {.agents = 2, .leave_every_ms = kDay},
       .share = 0.2},
      {.name = "5 agents", .conditions = {.agents = 5}, .share = 0.1},
      {.name = "1 agent", .conditions = {.agents = 1}, .share = 0.2},
      {.name = "pool, half", .conditions = {.agents = 2, .second_member = 0.5}, .share = 0.025},
      {.name = "pool, a fifth", .conditions = {.agents = 2, .second_member = 0.2}, .share = 0.025},
  };
  return fleets;
}

std::vector<Line> SimulateFleets(double key_years, std::uint64_t seed) {
  const double world_key_years =
      static_cast<double>(kPorts) * static_cast<double>(kWorldMs) / static_cast<double>(kYear);
  std::vector<Line> lines;
  for (const Fleet& fleet : Fleets()) {
    Line& line = lines.emplace_back(Line{.fleet = fleet});
    const auto worlds = static_cast<int>(std::ceil(key_years * fleet.share / world_key_years));
    for (int i = 0; i < worlds; ++i) {
      line.score.Add(Simulate(fleet.conditions, kWorldMs, ++seed));
    }
  }
  return lines;
}

std::vector<std::string> MissedMarks(const std::vector<Line>& lines) {
  std::vector<std::string> missed;
  for (const Line& line : lines) {
    if (line.score.missed > 0) {
      missed.push_back(fmt::format("{}: {} of {} changes not confirmed within an hour",
                                   line.fleet.name, line.score.missed, line.score.changes));
    }
    if (IsPool(line)) {
      CheckPool(line, missed);
    } else if (line.fleet.conditions.agents > 1) {
      CheckQuorum(line, missed);
    } else {
      CheckSingle(line, missed);
    }
  }
  return missed;
}

std::string Table(const std::vector<Line>& lines) {
  std::string table = fmt::format(
      "{:<18} {:>9} {:>7} {:>6} {:>6} {:>8}  {:<16} {:<16} {:>8} {:>6}\n", "fleet", "key-years",
      "changes", "missed", "false", "false/ky", "confirmed s", "probable s", "extra", "pools");
  table += fmt::format("{:<56}  {:<16} {:<16} {:>8} {:>6}\n", "", "p50 p95 p99", "p50 p95 p99",
                       "probes", "told");
  const auto quantiles = [](const std::vector<double>& values) {
    if (values.empty()) return std::string("-");
    return fmt::format("{:.0f} {:.0f} {:.0f}", Quantile(values, 0.5), Quantile(values, 0.95),
                       Quantile(values, 0.99));
  };
  for (const Line& line : lines) {
    const Score& s = line.score;
    table += fmt::format(
        "{:<18} {:>9.2f} {:>7} {:>6} {:>6} {:>8.2f}  {:<16} {:<16} {:>7.1f}% {:>6}\n",
        line.fleet.name, s.key_years, s.changes, s.missed, s.false_alarms + s.pool_alarms,
        s.FalseAlarmsPerKeyYear(), quantiles(s.confirmed_s), quantiles(s.probable_s),
        s.probes > 0 ? 100.0 * static_cast<double>(s.extra_probes) / static_cast<double>(s.probes)
                     : 0.0,
        IsPool(line) ? fmt::format("{}/{}", s.pools_told, s.pools) : "-");
  }
  return table;
}

}  // namespace relaywatch::sim
