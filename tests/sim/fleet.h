// The fleets that change detection is measured with, and the marks it must reach.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/score.h"

namespace relaywatch::sim {

struct Fleet {
  std::string name;
  Conditions conditions;
  double share = 0;  // of the key-years of the whole run
};

// Two agents and more; one agent; pools.
const std::vector<Fleet>& Fleets();

struct Line {
  Fleet fleet;
  Score score;
};

// Each fleet for its share of `key_years`, in worlds of a month.
std::vector<Line> SimulateFleets(double key_years, std::uint64_t seed);

// What is not as it must be, in words; empty where every mark is reached.
std::vector<std::string> MissedMarks(const std::vector<Line>& lines);

// For people.
std::string Table(const std::vector<Line>& lines);

}  // namespace relaywatch::sim
