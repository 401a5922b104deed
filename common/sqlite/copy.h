// A copy of a database that others go on writing to: SQLite's online backup, of one moment, by a
// connection that never writes to the original and so keeps nobody from it. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace relaywatch::sqlite {

// Writes `to`, which must not exist, mode 0600, and returns its size when it is on disk. The disk
// gets a few megabytes at a time, so that whoever waits for it meanwhile does not wait long.
// Asks `stop` now and then: Cancelled. After a failure `to` may be there in part.
absl::StatusOr<std::int64_t> Copy(const std::string& from, const std::string& to,
                                  const std::function<bool()>& stop);

}  // namespace relaywatch::sqlite
