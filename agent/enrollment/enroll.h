// What happens before an agent can begin: it gets an identity if it has none, and a fresh
// certificate if its own has expired. While the collector cannot be reached it tries again, with
// growing pauses; what the collector refuses is final.
#pragma once

#include <chrono>
#include <functional>

#include "absl/status/status.h"
#include "agent/config/config.h"
#include "common/clock.h"

namespace relaywatch::agent {

// Waits so long; false where the agent is asked to stop instead.
using Pause = std::function<bool(std::chrono::milliseconds)>;

// For a configuration with `enrollment`. OK where the state directory holds a certificate in force.
// Cancelled where `pause` said so; errors of the token file and the state directory; else the
// collector's refusal, in an operator's words.
absl::Status EnsureIdentity(const Config& config, const Clock& clock, const Pause& pause);

// The same without asking anybody: whether there is an identity, or a token to get one with.
absl::Status CheckEnrollment(const Config& config);

// Whether the same request may succeed later: the collector was not reached, or was busy.
bool WorthAnotherTry(const absl::Status& status);

}  // namespace relaywatch::agent
