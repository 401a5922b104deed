// Whether a store's file is sound. Damage shows as DataLoss with what is wrong; other errors are
// the file system's. Confined to the thread of the database.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

// What can be looked at in a moment however large the file is: that no page is missing at its end,
// that the small tables and the newest results can be read, and that no result lies above its
// epoch's mark. For a store that was not closed.
absl::Status CheckQuickly(sqlite::Database& database, const std::string& file);

// Every page, every row: reads the whole file.
absl::Status CheckThoroughly(sqlite::Database& database);

// What follows the name of a file that was set aside, before the time.
inline constexpr const char* kDamagedSuffix = ".damaged-";

// How many such files of this one lie beside it.
std::int64_t CountDamaged(const std::string& file);

}  // namespace relaywatch::collector
