// The plan's revision: grows whenever the plan's content changes, across restarts too, and never
// goes back. The store keeps the last content (its digest) and the number it had.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "collector/store/store.h"
#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::collector {

// The number of `plan` (whose own revision is ignored); commits where it is a new one.
absl::StatusOr<std::uint64_t> TakeRevision(v1::Plan plan, Store& store);

}  // namespace relaywatch::collector
