// The changes that somebody should know of, as Prometheus sees them: one series for each confirmed
// change of a rule that was told and is still in force, with the change in words as a label and the
// time it began as its value; so an alert can say what happened. It goes when the rule goes back,
// or an operator accepts the change (docs/decisions/0009-changes-in-alerts.md).
//
// The words are the detector's own, of a closed vocabulary with codes and mechanism names in it,
// on one line and cut at kMaxWords; there are at most kMaxShown series, the oldest changes first.
// Confined to the writer's thread, apart from the registry.
#pragma once

#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <map>

#include "collector/store/rows.h"

namespace relaywatch::collector {

class OpenChangeMetrics {
 public:
  static constexpr std::size_t kMaxShown = 1'000;
  static constexpr std::size_t kMaxWords = 300;  // bytes

  explicit OpenChangeMetrics(prometheus::Registry& registry);

  // What a commit wrote, in its order: changes, then status of changes known before.
  void Take(const ChangeRow& change);
  void Take(const ChangeStatus& status);

 private:
  struct Change {
    prometheus::Labels labels;
    std::int64_t since_ms = 0;
    prometheus::Gauge* shown = nullptr;
  };
  void Show(Change& change, const ChangeStatus& status);

  prometheus::Family<prometheus::Gauge>& family_;
  std::map<std::int64_t, Change> changes_;  // open ones, by number
  std::size_t shown_ = 0;
};

}  // namespace relaywatch::collector
