// The pure half of matrix_command.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/csv.h"
#include "cli/matrix_command.h"
#include "cli/table.h"
#include "common/clock.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

std::int64_t WallMs(const v1::MatrixCell& cell) {
  return cell.measured_at().seconds() * 1000 + cell.measured_at().nanos() / 1'000'000;
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
  for (const v1::MatrixCell& cell : response.cells()) {
    const std::string endpoint = fmt::format("{}:{}", cell.endpoint(), cell.port());
    if (table.size() == 1 || table.back()[0] != cell.location() || table.back()[1] != endpoint) {
      table.emplace_back(2 + profiles.size(), "-");
      table.back()[0] = cell.location();
      table.back()[1] = endpoint;
    }
    const auto column = std::find(profiles.begin(), profiles.end(), cell.profile());
    table.back()[2 + static_cast<std::size_t>(column - profiles.begin())] = Label(cell.verdict());
  }
  return RenderColumns(table);
}

std::string MatrixCsv(const v1::MatrixResponse& response) {
  static const std::array<std::string, 8> kColumns{
      "location", "endpoint", "host", "protocol", "port", "profile", "verdict", "measured_at"};
  std::string out = CsvRecord(kColumns);
  for (const v1::MatrixCell& cell : response.cells()) {
    const std::array<std::string, 8> fields{cell.location(),
                                            cell.endpoint(),
                                            cell.host(),
                                            std::string(Label(cell.protocol())),
                                            std::to_string(cell.port()),
                                            cell.profile(),
                                            std::string(Label(cell.verdict())),
                                            FormatRfc3339(WallMs(cell))};
    out += CsvRecord(fields);
  }
  return out;
}

std::string MatrixJson(const v1::MatrixResponse& response, Output output) {
  using Json = nlohmann::ordered_json;
  Json cells = Json::array();
  for (const v1::MatrixCell& cell : response.cells()) {
    Json object = {{"location", cell.location()},
                   {"endpoint", cell.endpoint()},
                   {"host", cell.host()},
                   {"protocol", Label(cell.protocol())},
                   {"port", cell.port()},
                   {"profile", cell.profile()},
                   {"verdict", Label(cell.verdict())},
                   {"stage", Label(cell.stage())},
                   {"measured_at", FormatRfc3339(WallMs(cell))},
                   {"summary", cell.summary()}};
    cells.push_back(std::move(object));
  }
  return RenderJson(cells, output);
}

}  // namespace relaywatch::cli
