#include "common/host_name.h"

#include <limits.h>
#include <unistd.h>

#include <array>

namespace relaywatch {

std::string HostName() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace relaywatch
