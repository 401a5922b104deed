// A backup of the data directory while the collector runs: a directory with what a new data
// directory needs, `relaywatch.db`, `fleet.sqlite` and, where there is one, `pki/`. It appears
// under its name when all of it is on disk, and not before.
//
// The results are those of one moment, and everything acknowledged before the call is in them. The
// registry is copied last, so that no revocation is older than the results. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace relaywatch::collector {

struct BackupRequest {
  std::string data_directory;
  std::string destination;     // absolute
  std::function<bool()> stop;  // true: give up
};

// Bytes written. InvalidArgument for a path that is not absolute; AlreadyExists where something has
// that name or that of the unfinished one (DESTINATION.part); Cancelled; errors of the file system
// and of SQLite with the file's name. What was begun is removed.
absl::StatusOr<std::int64_t> BackUp(const BackupRequest& request);

}  // namespace relaywatch::collector
