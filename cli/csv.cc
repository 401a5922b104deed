#include "cli/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "common/clock.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

std::string Quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string CsvRecord(std::span<const std::string> fields) {
  std::string record;
  for (const std::string& field : fields) {
    if (!record.empty() || &field != fields.data()) record += ',';
    record += Quoted(field);
  }
  return record + '\n';
}

std::string CsvHeader() {
  static const std::array<std::string, 11> kColumns{
      "started_at", "host",    "port",  "protocol",      "security", "address",
      "profile",    "verdict", "stage", "outlook_codes", "total_ms"};
  return CsvRecord(kColumns);
}

std::string CsvRecords(const JudgedReport& judged) {
  const probe::Report& report = judged.report;
  std::string records;
  for (const ProfileJudgement& entry : judged.judgements) {
    const std::array<std::string, 11> fields{
        FormatRfc3339(report.wall_ms),
        judged.target.host,
        std::to_string(judged.target.port),
        std::string(Label(report.facts.protocol())),
        std::string(Label(EffectiveSecurity(report.facts))),
        report.address,
        entry.profile->name,
        std::string(Label(entry.judgement.verdict)),
        std::string(Label(entry.judgement.stage)),
        fmt::format("{}", fmt::join(entry.explanation.outlook_codes, " ")),
        fmt::format("{:.3f}", static_cast<double>(report.total.count()) / 1000.0)};
    records += CsvRecord(fields);
  }
  return records;
}

}  // namespace relaywatch::cli
