// What messages cost a collector, apart from what its streams cost while nobody speaks. The load is
// so cheap (wire_agent.h) that the machine stays the collector's; the collector's CPU is counted by
// the kernel.
#pragma once

#include "tests/bench/fleetsim/site.h"

namespace relaywatch::bench {

// Streams, and messages a second over all of them, evenly spread. A message has two results.
inline constexpr int kCostStreams = 1'000;
inline constexpr int kSlowRate = 1'000;
inline constexpr int kFastRate = 5'000;

struct MessageCost {
  double idle_us = 0;      // CPU of a silent stream, us a second
  double slow_us = 0;      // CPU of a message at kSlowRate, without that of silent streams
  double fast_us = 0;      // the same at kFastRate
  double marginal_us = 0;  // of one message more between the two rates
};

// Of the server that runs at `site`; every result must have been acknowledged.
MessageCost MeasureMessages(const Site& site);

}  // namespace relaywatch::bench
