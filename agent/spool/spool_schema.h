// The tables of spool.sqlite. Ours alone: nothing outside the agent reads them.
#pragma once

#include "absl/status/status.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::agent {

inline constexpr int kSpoolVersion = 1;  // PRAGMA user_version

// Sets the connection up and creates the tables in an empty file. FailedPrecondition: of a newer
// version; DataLoss: of something else.
absl::Status PrepareSpool(sqlite::Database& database);

}  // namespace relaywatch::agent
