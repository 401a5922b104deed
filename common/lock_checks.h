// Debian builds Abseil with its search for lock-order cycles switched on, so that every lock of
// gRPC's enters a graph under one global lock. With thousands of streams that is most of the CPU.
#pragma once

namespace relaywatch {

// To be called before anything of gRPC's; for the whole process.
void TurnOffLockChecks();

}  // namespace relaywatch
