#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/json/answers_json.h"

namespace relaywatch::cli {

std::string RenderColumns(const Rows& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += fmt::format("{:<{}}", row[i], widths[i] + 2);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string RenderJson(const nlohmann::ordered_json& objects, Output output) {
  if (output == Output::kJson) return Dump(objects, 2) + "\n";
  std::string lines;
  for (const auto& object : objects) lines += Dump(object) + "\n";
  return lines;
}

}  // namespace relaywatch::cli
