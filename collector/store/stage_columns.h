// The stage timings' columns, spelled alike in every table and view. Thread-safe.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "common/taxonomy.h"

namespace relaywatch::collector {

// One piece of SQL for each stage, in which {} stands for its column's name ("resolve_us").
inline std::string ForEachStage(std::string_view separator, std::string_view piece) {
  std::string sql;
  for (std::size_t i = 0; i < kStageCount; ++i) {
    const std::string column = fmt::format("{}_us", Label(StageAt(i)));
    if (i != 0) sql += separator;
    sql += fmt::format(fmt::runtime(piece), column);
  }
  return sql;
}

}  // namespace relaywatch::collector
