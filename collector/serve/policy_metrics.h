// Changes of rules as Prometheus sees them: how many were confirmed, and when the last one began.
// A counter of each kind exists at 0 from the moment its key does, a time from the first change on.
// Bounded with the other series of the probes. Confined to the writer's thread, apart from the
// registry.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "collector/detect/rule.h"
#include "collector/serve/live_metrics.h"
#include "collector/serve/open_change_metrics.h"

namespace relaywatch::collector {

class PolicyMetrics {
 public:
  // One (location, endpoint, port).
  struct Key;

  // The bound on series is that of `budget`, which outlives it.
  PolicyMetrics(prometheus::Registry& registry, LiveMetrics& budget);
  ~PolicyMetrics();

  // Made where it is new; valid as long as this object. Null above the bound.
  Key* Find(const std::string& location, const std::string& endpoint, std::uint32_t port);

  // A confirmed change of these kinds that began at `since_ms`.
  void Count(Key& key, detect::KindMask kinds, std::int64_t since_ms);
  // One of an earlier life: its time only, since counters begin anew.
  void Remember(Key& key, detect::KindMask kinds, std::int64_t since_ms);
  // The clock was put back: no change was later than now.
  void GoBack(std::int64_t now_ms);

  OpenChangeMetrics& open_changes() { return open_changes_; }

 private:
  static void Show(Key& key, std::size_t kind, std::int64_t last_ms);

  using Name = std::tuple<std::string, std::string, std::uint32_t>;

  prometheus::Family<prometheus::Counter>& changes_;
  prometheus::Family<prometheus::Gauge>& last_;
  OpenChangeMetrics open_changes_;
  LiveMetrics& budget_;
  std::map<Name, std::unique_ptr<Key>> keys_;
};

}  // namespace relaywatch::collector
