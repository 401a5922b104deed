// What a running process takes of the machine, as the kernel counts it. Values; thread-safe.
#pragma once

#include <sys/types.h>

namespace relaywatch::bench {

struct Memory {
  double rss_mb = 0;      // 10^6 bytes; pages shared with other processes counted in full
  double private_mb = 0;  // Private_Clean + Private_Dirty: what would be free without it
};

// From /proc/PID/smaps_rollup.
Memory MemoryOf(pid_t pid);

// CPU time of all threads that live, in seconds: /proc/PID/task/*/schedstat, in nanoseconds there.
double CpuSecondsOf(pid_t pid);

}  // namespace relaywatch::bench
