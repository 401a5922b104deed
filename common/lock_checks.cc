#include "common/lock_checks.h"

#include "absl/synchronization/mutex.h"

namespace relaywatch {

void TurnOffLockChecks() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

}  // namespace relaywatch
