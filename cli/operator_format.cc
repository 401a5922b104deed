#include "cli/operator_format.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/csv.h"
#include "cli/table.h"
#include "cli/time_text.h"

namespace relaywatch::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Csv(const Rows& rows) {
  std::string out;
  for (const auto& row : rows) out += CsvRecord(row);
  return out;
}

// `none`: in place of what is not there.
Rows RowsOf(const v1::ListOperatorsResponse& operators, const char* none) {
  Rows rows{{"operator", "created_at", "certificate_not_after", "revoked_at", "reason"}};
  for (const v1::Operator& one : operators.operators()) {
    rows.push_back({one.name(), TimeText(one.created_at(), none),
                    TimeText(one.certificate_not_after(), none), TimeText(one.revoked_at(), none),
                    one.reason().empty() ? none : one.reason()});
  }
  return rows;
}

Json Objects(const v1::ListOperatorsResponse& operators) {
  Json objects = Json::array();
  for (const v1::Operator& one : operators.operators()) {
    objects.push_back({{"operator", one.name()},
                       {"created_at", TimeJson(one.created_at())},
                       {"certificate_not_after", TimeJson(one.certificate_not_after())},
                       {"revoked_at", TimeJson(one.revoked_at())},
                       {"reason", one.reason()}});
  }
  return objects;
}

}  // namespace

std::string Formatted(const v1::CreateOperatorResponse& made, const std::string& name,
                      const std::string& file, Output output) {
  if (output == Output::kText) {
    return fmt::format("{}: operator {}, until {}\n", file, name, TimeText(made.not_after(), "-"));
  }
  if (output == Output::kCsv) {
    return Csv({{"operator", "identity", "certificate_not_after", "ca_file"},
                {name, file, TimeText(made.not_after(), ""), made.ca_file()}});
  }
  return RenderJson(Json::array({{{"operator", name},
                                  {"identity", file},
                                  {"certificate_not_after", TimeJson(made.not_after())},
                                  {"ca_file", made.ca_file()}}}),
                    output);
}

std::string Formatted(const v1::ListOperatorsResponse& operators, Output output) {
  if (output == Output::kText && operators.operators().empty()) return "no operators\n";
  if (output == Output::kText) return RenderColumns(RowsOf(operators, "-"));
  if (output == Output::kCsv) return Csv(RowsOf(operators, ""));
  return RenderJson(Objects(operators), output);
}

}  // namespace relaywatch::cli
