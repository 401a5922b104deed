// The machine's disk as SQLite sees it, with faults at the test's command. One at a time; becomes
// SQLite's default for files that are opened while it lives. Thread-safe.
#pragma once

#include <atomic>

namespace relaywatch::support {

class FaultyVfs {
 public:
  enum class Fault { kNone, kFull, kReadOnly, kWrite, kSync, kRead };

  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;

  // From now on, until another is set.
  void Set(Fault fault);
};

}  // namespace relaywatch::support
