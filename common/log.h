// Logging to standard error in one line an event: "2026-11-22T22:46:03.120Z info uplink: ...".
// Call once in main; everything else uses spdlog's free functions. Never pass a secret to a log
// line.
#pragma once

#include <string>
#include <string_view>

namespace relaywatch {

// level: trace, debug, info, warning, error. False for any other word.
bool IsLogLevel(std::string_view level);
void StartLogging(const std::string& level);

}  // namespace relaywatch
