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
  meta.clear();
}

}  // namespace relaywatch::collector
