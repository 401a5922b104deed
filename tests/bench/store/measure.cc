#include "tests/bench/store/measure.h"

#include <fcntl.h>
#include <unistd.h>

namespace relaywatch::bench {

void DropFromCache(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  close(descriptor);
}

}  // namespace relaywatch::bench
