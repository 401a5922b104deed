// Context for a status on its way up: "data directory /var/lib/relaywatch: disk full". The code
// stays.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace relaywatch::collector {

inline absl::Status Annotate(const absl::Status& status, std::string_view what) {
  if (status.ok()) return status;
  return {status.code(), fmt::format("{}: {}", what, std::string(status.message()))};
}

}  // namespace relaywatch::collector
