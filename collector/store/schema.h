// The tables and the documented views (docs/schema.md). The tables are ours to change; the views
// are a contract, and any SQL shell may read them while the collector runs.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

inline constexpr int kSchemaVersion = 3;  // PRAGMA user_version

// Creates the schema in an empty file, brings an older one up to this version, refuses a newer one
// (FailedPrecondition) and a file of another program (InvalidArgument).
absl::Status PrepareSchema(sqlite::Database& database);

}  // namespace relaywatch::collector
