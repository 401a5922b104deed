// The pure half of matrix_command.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/csv.h"
#include "cli/matrix_command.h"
#include "cli/table.h"
#include "common/json/answers_json.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

constexpr const char* kNotProbed = "not probed";

// To the second; "before" where the run may be older.
std::string SinceText(const v1::MatrixCell& cell) {
  const std::string since = TimeText(cell.since());
  if (since.empty()) return "-";
  return fmt::format("{}{}Z", cell.since_or_before() ? "before " : "",
                     since.substr(0, since.find('.')));
}

std::string VerdictText(const v1::MatrixCell& cell) {
  if (cell.verdict() == v1::VERDICT_UNSPECIFIED) return kNotProbed;
  return std::string(Label(cell.verdict()));
}

}  // namespace

std::string MatrixText(const v1::MatrixResponse& response) {
  if (response.cells().empty()) return "no results yet\n";
  std::vector<std::string> profiles;
  for (const v1::MatrixCell& cell : response.cells()) {
    if (std::find(profiles.begin(), profiles.end(), cell.profile()) == profiles.end()) {
      profiles.push_back(cell.profile());
    }
  }
  Rows table{{"location", "endpoint"}};
  table.front().insert(table.front().end(), profiles.begin(), profiles.end());
  table.front().emplace_back("since");
  for (const v1::MatrixCell& cell : response.cells()) {
    const std::string endpoint = fmt::format("{}:{}", cell.endpoint(), cell.port());
    if (table.size() == 1 || table.back()[0] != cell.location() || table.back()[1] != endpoint) {
      table.emplace_back(3 + profiles.size(), "-");
      table.back()[0] = cell.location();
      table.back()[1] = endpoint;
      table.back().back() = SinceText(cell);
    }
    const auto column = std::find(profiles.begin(), profiles.end(), cell.profile());
    table.back()[2 + static_cast<std::size_t>(column - profiles.begin())] = VerdictText(cell);
  }
  return RenderColumns(table);
}

std::string MatrixCsv(const v1::MatrixResponse& response) {
  static const std::array<std::string, 10> kColumns{
      "location", "endpoint", "host",        "protocol", "port",
      "profile",  "verdict",  "measured_at", "since",    "since_or_before"};
  std::string out = CsvRecord(kColumns);
  for (const v1::MatrixCell& cell : response.cells()) {
    const std::array<std::string, 10> fields{cell.location(),
                                             cell.endpoint(),
                                             cell.host(),
                                             std::string(Label(cell.protocol())),
                                             std::to_string(cell.port()),
                                             cell.profile(),
                                             std::string(Label(cell.verdict())),
                                             TimeText(cell.measured_at()),
                                             TimeText(cell.since()),
                                             cell.since_or_before() ? "1" : "0"};
    out += CsvRecord(fields);
  }
  return out;
}

std::string MatrixJson(const v1::MatrixResponse& response, Output output) {
  auto cells = nlohmann::ordered_json::array();
  for (const v1::MatrixCell& cell : response.cells()) cells.push_back(AnswerJson(cell));
  return RenderJson(cells, output);
}

}  // namespace relaywatch::cli
