// The arithmetic of spreading: where in its interval a service has its place. Deterministic, the
// same on every host and in every build. Pure; thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "agent/schedule/service.h"

namespace relaywatch::agent {

using SteadyTime = std::chrono::steady_clock::time_point;

// What all of a service's places are drawn from.
std::uint64_t SeedOf(const std::string& agent, const ServiceKey& key);

// A number in [0, 1), the `round`-th of a seed.
double Fraction(std::uint64_t seed, std::uint64_t round);

// The first time after `after` at which a service is due: once in each interval, at its phase plus
// a jitter below min(interval / 20, 2 s).
SteadyTime NextSlot(std::uint64_t seed, std::chrono::milliseconds interval, SteadyTime after);

}  // namespace relaywatch::agent
