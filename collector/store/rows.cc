#include "collector/store/rows.h"

namespace relaywatch::collector {

void CommitSet::Clear() {
  agents.clear();
  epochs.clear();
  series.clear();
  profiles.clear();
  outcomes.clear();
  judgements.clear();
  rejudgements.clear();
  results.clear();
  gaps.clear();
  latest.clear();
  latest_complete = false;
  rules.clear();
  rule_ends.clear();
  changes.clear();
  change_status.clear();
  incidents.clear();
  meta.clear();
}

}  // namespace relaywatch::collector
