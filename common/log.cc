#include "common/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace relaywatch {

bool IsLogLevel(std::string_view level) {
  static constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning",
                                                           "error"};
  return std::find(kLevels.begin(), kLevels.end(), level) != kLevels.end();
}

void StartLogging(const std::string& level) {
  spdlog::drop("relaywatch");  // of an earlier call
  auto logger = spdlog::stderr_logger_mt("relaywatch");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace relaywatch
