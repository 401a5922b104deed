// Everything that becomes visible with one commit: the rows, and what is said and shown once they
// are durable. Filled by the sessions, settled by the writer. Confined to the writer's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "collector/detect/change.h"
#include "collector/ingest/agent_link.h"
#include "collector/ingest/dictionary.h"
#include "collector/serve/live_key.h"
#include "collector/store/rows.h"

namespace relaywatch::collector {

class Session;
struct EpochProgress;

// One path of a stream's dictionary, and what the group adds to it. Consecutive results of a path
// mostly have the same outcome, so they are counted in runs.
struct PathState {
  std::shared_ptr<const SeriesRow> series;
  LiveKey* live = nullptr;                       // null: not shown in live metrics
  std::optional<detect::KeyId> watched;          // none: not watched for changes
  std::shared_ptr<const JudgedOutcome> outcome;  // of the run; of the newest live result
  std::uint64_t run = 0;
  std::int64_t time_ms = 0;  // of the newest live result
  bool touched = false;      // has a live result in this group
};

struct LaneCounts {
  std::uint64_t results = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rewinds = 0;
};

struct Group {
  CommitSet set;
  std::vector<std::shared_ptr<PathState>> touched_paths;
  std::vector<EpochProgress*> dirty_epochs;
  std::vector<Session*> sessions;  // that have something to say
  std::vector<std::unique_ptr<Session>> ended;
  std::vector<std::shared_ptr<AgentLink>> closing;  // the agents have said all they had to say
  LaneCounts live;
  LaneCounts backlog;

  // Ready for the next one, with the memory of this one.
  void Clear();
};

}  // namespace relaywatch::collector
