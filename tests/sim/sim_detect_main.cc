// relaywatch-sim-detect: how late and how wrongly changes of rule are told, in simulated fleets
// with known truth. Prints a table; ends with 1 where a mark is missed.
#include <fmt/format.h>

#include <cstdint>
#include <ctime>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/fleet.h"

namespace relaywatch::sim {
namespace {

constexpr int kUsage = 2;

int Main(const std::vector<std::string>& arguments) {
  double key_years = 8;
  std::uint64_t seed = 1;
  bool verbose = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--key-years" && has_value) {
      key_years = std::stod(arguments[++i]);
    } else if (arguments[i] == "--seed" && has_value) {
      seed = std::stoull(arguments[++i]);
    } else if (arguments[i] == "--verbose") {
      verbose = true;
    } else {
      fmt::print(stderr, "usage: relaywatch-sim-detect [--key-years N] [--seed N] [--verbose]\n");
      return kUsage;
    }
  }
  const std::clock_t start = std::clock();
  const std::vector<Line> lines = SimulateFleets(key_years, seed);
  std::uint64_t probes = 0;
  for (const Line& line : lines) probes += line.score.probes;
  constexpr double kMicroseconds = 1e6;
  const double cpu_us = kMicroseconds * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  fmt::print("{}{} probes, {:.2f} us CPU each, simulated network included\n", Table(lines), probes,
             cpu_us / static_cast<double>(probes));
  if (verbose) {
    for (const Line& line : lines) {
      for (const std::string& words : line.score.told_wrongly) {
        fmt::print("{}: {}\n", line.fleet.name, words);
      }
    }
  }
  const auto missed = MissedMarks(lines);
  for (const std::string& mark : missed) fmt::print("MISSED {}\n", mark);
  return missed.empty() ? 0 : 1;
}

}  // namespace
}  // namespace relaywatch::sim

int main(int argc, char** argv) {
  try {
    return relaywatch::sim::Main({argv + 1, argv + argc});
  } catch (const std::exception& error) {  // a number that is none
    fmt::print(stderr, "relaywatch-sim-detect: {}\n", error.what());
    return relaywatch::sim::kUsage;
  }
}
