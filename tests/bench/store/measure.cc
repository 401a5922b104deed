#include "tests/bench/store/measure.h"

#include <fcntl.h>
#include <unistd.h>

namespace relaywatch::bench {

void DropFromCache(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool dropped = descriptor >= 0 && posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) == 0;
  Must(dropped ? absl::OkStatus()
               : absl::InternalError(file + ": cannot be dropped from the cache"));
  close(descriptor);
}

}  // namespace relaywatch::bench
