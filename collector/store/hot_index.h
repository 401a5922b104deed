// Which rows of a piece of the hot table are of which series: a few bytes a row, read by whoever
// looks at one series in place of all rows of the piece. Thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace relaywatch::collector {

struct HotPlace {
  std::int64_t series = 0;
  std::int64_t row = 0;  // its id in the hot table

  auto operator<=>(const HotPlace&) const = default;
};

// Of places in any order; they are sorted.
std::string WriteHotIndex(std::vector<HotPlace>& places);

// Those of some series (ascending), in order. DataLoss for what WriteHotIndex did not make.
absl::Status ReadHotIndex(std::string_view index, std::span<const std::int64_t> series,
                          absl::FunctionRef<void(const HotPlace&)> visit);

}  // namespace relaywatch::collector
