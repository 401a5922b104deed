// Runs the collector's detector over one simulated world: agents probe in their phases, answers
// arrive when the dialogue is over, ProbeNow is obeyed. Pure but for its seed.
#pragma once

#include <cstdint>

#include "tests/sim/score.h"
#include "tests/sim/world.h"

namespace relaywatch::sim {

Score Simulate(const Conditions& conditions, std::int64_t lasts_ms, std::uint64_t seed);

}  // namespace relaywatch::sim
