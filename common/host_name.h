// What this host calls itself; for people, no identity hangs on it. Thread-safe.
#pragma once

#include <string>

namespace relaywatch {

// gethostname(2); empty where it fails.
std::string HostName();

}  // namespace relaywatch
