#include "collector/store/hot_index.h"

#include <algorithm>
#include <optional>

#include "collector/store/varint.h"

namespace relaywatch::collector {
namespace {

absl::Status Damaged() { return absl::DataLossError("the index of hot results is damaged"); }

absl::Status ReadRows(std::string_view rows, std::int64_t series,
                      absl::FunctionRef<void(const HotPlace&)> visit) {
  std::uint64_t row = 0;
  while (!rows.empty()) {
    const auto ahead = TakeVarint(rows);
    if (!ahead) return Damaged();
    row += *ahead;
    visit({series, static_cast<std::int64_t>(row)});
  }
  return absl::OkStatus();
}

}  // namespace

// For each series: how far it is from the one before, how long its list is, and its rows, each as
// what it is from the one before.
std::string WriteHotIndex(std::vector<HotPlace>& places) {
  std::ranges::sort(places);
  std::string index;
  std::string rows;
  std::int64_t series = 0;
  for (auto place = places.begin(); place != places.end();) {
    const std::int64_t of = place->series;
    std::int64_t before = 0;
    rows.clear();
    for (; place != places.end() && place->series == of; ++place) {
      AppendVarint(static_cast<std::uint64_t>(place->row - before), rows);
      before = place->row;
    }
    AppendVarint(static_cast<std::uint64_t>(of - series), index);
    AppendVarint(rows.size(), index);
    index += rows;
    series = of;
  }
  return index;
}

absl::Status ReadHotIndex(std::string_view index, std::span<const std::int64_t> series,
                          absl::FunctionRef<void(const HotPlace&)> visit) {
  std::uint64_t of = 0;
  auto wanted = series.begin();
  while (!index.empty() && wanted != series.end()) {
    const auto ahead = TakeVarint(index);
    const auto bytes = ahead ? TakeVarint(index) : std::nullopt;
    if (!bytes || *bytes > index.size()) return Damaged();
    of += *ahead;
    const auto id = static_cast<std::int64_t>(of);
    wanted = std::lower_bound(wanted, series.end(), id);
    if (wanted != series.end() && *wanted == id) {
      if (auto read = ReadRows(index.substr(0, *bytes), id, visit); !read.ok()) return read;
    }
    index.remove_prefix(*bytes);
  }
  return absl::OkStatus();
}

}  // namespace relaywatch::collector
