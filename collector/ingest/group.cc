#include "collector/ingest/group.h"

#include "collector/ingest/session.h"

namespace relaywatch::collector {

void Group::Clear() {
  set.Clear();
  touched_paths.clear();
  dirty_epochs.clear();
  sessions.clear();
  ended.clear();
  closing.clear();
  live = {};
  backlog = {};
}

}  // namespace relaywatch::collector
