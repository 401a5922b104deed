// The store at the collector's start: opened, and where its file turns out to be damaged, set aside
// and begun anew, because a collector that does not start loses more. Agents then find that the
// collector knows none of their epochs and send again what they still have; what they no longer
// have is recorded as a gap (docs/decisions/0004). Thread-compatible.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/store/sqlite_store.h"

namespace relaywatch::collector {

// As SqliteStore::Open, without DataLoss: a damaged relaywatch.db is renamed to
// relaywatch.db.damaged-TIME, with its log, and the log of the daemon says so.
absl::StatusOr<std::unique_ptr<SqliteStore>> OpenStore(const std::string& directory,
                                                       const Retention& retention,
                                                       std::int64_t now_ms);

// Reads all of it, beside a collector that may be running. DataLoss with what is wrong.
absl::Status CheckStore(const std::string& directory);

}  // namespace relaywatch::collector
