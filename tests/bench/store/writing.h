// Puts a fleet's history into a store as the writer would under load: groups of results, and
// maintenance between them; tells what that cost. Confined to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/store/sqlite_store.h"
#include "tests/bench/store/fleet_history.h"

namespace relaywatch::bench {

struct WritingCost {
  std::int64_t results = 0;
  double wall_s = 0;     // in the store
  double cpu_s = 0;      // in the store
  double longest_s = 0;  // that maintenance kept one commit waiting

  WritingCost& operator+=(const WritingCost& more);
};

// Until `results` more are stored. A failure ends the process.
WritingCost WriteHistory(collector::SqliteStore& store, FleetHistory& fleet, std::int64_t results);

}  // namespace relaywatch::bench
