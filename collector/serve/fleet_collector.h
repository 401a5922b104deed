// Metrics of the agents, computed from the fleet at each scrape: an agent that moves or goes leaves
// no stale series behind. Above kMaxDetailed agents the per-agent series are left out (a scrape
// would be mostly that), and only the counts by location and state remain. Thread-safe.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

#include "collector/fleet/fleet.h"
#include "common/clock.h"

namespace relaywatch::collector {

class FleetCollector final : public prometheus::Collectable {
 public:
  static constexpr std::size_t kMaxDetailed = 1'000;

  // Both must outlive it.
  FleetCollector(const Fleet& fleet, const Clock& clock) : fleet_(fleet), clock_(clock) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Fleet& fleet_;
  const Clock& clock_;
};

}  // namespace relaywatch::collector
