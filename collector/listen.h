// Whether an address can be listened on, and if not, why. Both servers we embed only say that they
// could not; this asks the system first. Thread-safe.
#pragma once

#include "absl/status/status.h"
#include "common/syntax.h"

namespace relaywatch::collector {

// Binds and lets go again. AlreadyExists (in use), PermissionDenied, FailedPrecondition (no such
// address here) or another system error, each with the address.
absl::Status CheckListen(const HostPort& address);

}  // namespace relaywatch::collector
