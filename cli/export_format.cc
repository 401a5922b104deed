// The pure half of export_command.h.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "cli/csv.h"
#include "cli/export_command.h"
#include "common/clock.h"
#include "common/json/answers_json.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

std::vector<std::string> FixedColumns() {
  return {"agent",          "epoch",    "seq",      "time",    "location", "endpoint", "host",
          "port",           "protocol", "security", "address", "outcome",  "stage",    "moved",
          "captive_portal", "lane"};
}

}  // namespace

std::string ExportFormat::CsvHeader() const {
  std::vector<std::string> columns = FixedColumns();
  for (std::size_t i = 0; i < kStageCount; ++i) {
    columns.push_back(fmt::format("{}_us", Label(StageAt(i))));
  }
  for (const std::string& profile : profiles_) columns.push_back("verdict_" + profile);
  return CsvRecord(columns);
}

std::string ExportFormat::Csv(const v1::ExportRow& row) const {
  std::vector<std::string> fields{row.agent(),
                                  fmt::format("{:016x}", row.epoch()),
                                  std::to_string(row.seq()),
                                  FormatRfc3339(row.time_ms()),
                                  row.location(),
                                  row.endpoint(),
                                  row.host(),
                                  std::to_string(row.port()),
                                  std::string(Label(row.protocol())),
                                  std::string(Label(row.security())),
                                  row.address(),
                                  std::to_string(row.outcome()),
                                  std::string(Label(row.stage())),
                                  row.moved() ? "1" : "0",
                                  row.captive_portal() ? "1" : "0",
                                  row.backlog() ? "backlog" : "live"};
  for (int i = 0; i < static_cast<int>(kStageCount); ++i) {
    const bool ran = i < row.stage_us_size() && row.stage_us(i) != 0;
    fields.push_back(ran ? std::to_string(row.stage_us(i)) : "");
  }
  for (int i = 0; i < profiles_.size(); ++i) {
    fields.emplace_back(i < row.verdicts_size() ? Label(row.verdicts(i)) : "");
  }
  return CsvRecord(fields);
}

std::string ExportFormat::Json(const v1::ExportRow& row) {
  const std::string object = Dump(AnswerJson(row, profiles_));
  if (output_ != Output::kJson) return object + "\n";
  return (rows_ == 0 ? "[\n" : ",\n") + object;
}

std::string ExportFormat::Batch(const v1::ExportBatch& batch) {
  std::string out;
  if (!std::exchange(is_begun_, true)) {
    profiles_ = batch.profiles();
    if (output_ == Output::kCsv) out = CsvHeader();
  }
  for (const v1::ExportRow& row : batch.rows()) {
    out += output_ == Output::kCsv ? Csv(row) : Json(row);
    ++rows_;
  }
  return out;
}

std::string ExportFormat::End() {
  if (output_ != Output::kJson) return "";
  return rows_ == 0 ? "[]\n" : "\n]\n";
}

}  // namespace relaywatch::cli
