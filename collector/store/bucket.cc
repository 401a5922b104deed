#include "collector/store/bucket.h"

#include <algorithm>

namespace relaywatch::collector {

void Bucket::Add(const ResultRow& row) {
  Count(row.outcome, 1);
  for (std::size_t i = 0; i < kStageCount; ++i) stages[i].Add(row.stage_us[i]);
}

void Bucket::Merge(const Bucket& other) {
  for (const OutcomeCount& each : other.outcomes) Count(each.outcome, each.count);
  for (std::size_t i = 0; i < kStageCount; ++i) stages[i].Merge(other.stages[i]);
}

void Bucket::Restart(std::int64_t of_series, std::int64_t at_ms) {
  series = of_series;
  start_ms = at_ms;
  outcomes.clear();
  for (StageSketch& stage : stages) stage.Clear();
}

void Bucket::Count(std::int64_t outcome, std::uint32_t count) {
  auto found =
      std::lower_bound(outcomes.begin(), outcomes.end(), outcome,
                       [](const OutcomeCount& each, std::int64_t id) { return each.outcome < id; });
  if (found == outcomes.end() || found->outcome != outcome) {
    found = outcomes.insert(found, {outcome, 0});
  }
  found->count += count;
}

}  // namespace relaywatch::collector
