// How many connections this process may hold. Thread-safe.
#pragma once

#include <cstdint>

namespace relaywatch::collector {

// Raises the limit of open files to the hard limit and tells it: every agent is one, every
// stranger at the door another.
std::uint64_t RaiseFileLimit();

}  // namespace relaywatch::collector
