// The machine's disk as SQLite sees it, with faults at the test's command. One at a time; becomes
// SQLite's default for files that are opened while it lives. Thread-safe.
#pragma once

#include <atomic>

#include "tests/support/unsynced_writes.h"

namespace relaywatch::support {

class FaultyVfs {
 public:
  enum class Fault { kNone, kFull, kReadOnly, kWrite, kSync, kRead };

  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;

  // From now on, until another is set.
  void Set(Fault fault);
  // For power losses: nothing is recorded until it is asked to.
  UnsyncedWrites& unsynced() { return unsynced_; }

 private:
  UnsyncedWrites unsynced_;
};

}  // namespace relaywatch::support
