// Moves a damaged spool out of the way, for people to look at: FILE becomes FILE.damaged-TIME, its
// log with it. At most two are kept, the newest. Confined to one thread.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace relaywatch::agent {

absl::Status SetAside(const std::string& file, std::int64_t wall_ms);

}  // namespace relaywatch::agent
