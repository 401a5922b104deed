// The pure half of history_command.h.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/csv.h"
#include "cli/history_command.h"
#include "cli/table.h"
#include "common/json/answers_json.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

// "2026-11-22 22:30", with seconds where the step asks for them.
std::string StartText(const v1::HistoryBucket& bucket, std::int64_t step_s) {
  std::string text = TimeText(bucket.start());
  text[10] = ' ';
  return text.substr(0, step_s % 60 == 0 ? 16 : 19);
}

std::string StepText(const google::protobuf::Duration& step) {
  const std::int64_t seconds = step.seconds();
  if (step.nanos() != 0) return fmt::format("{}ms", seconds * 1000 + step.nanos() / 1'000'000);
  if (seconds % 86'400 == 0) return fmt::format("{}d", seconds / 86'400);
  if (seconds % 3600 == 0) return fmt::format("{}h", seconds / 3600);
  if (seconds % 60 == 0) return fmt::format("{}m", seconds / 60);
  return fmt::format("{}s", seconds);
}

std::string Percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.0f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string Verdicts(const v1::HistoryBucket& bucket) {
  if (bucket.verdicts().empty()) return "";
  const v1::VerdictCount& most = bucket.verdicts(0);
  if (bucket.verdicts_size() == 1) return std::string(Label(most.verdict()));
  return fmt::format("{} {}", Label(most.verdict()), Percent(most.results(), bucket.results()));
}

// The medians of the stages together, and the stage that sometimes takes longest.
std::string Latency(const v1::HistoryBucket& bucket) {
  double median_us = 0;
  const v1::StageLatency* slowest = nullptr;
  for (const v1::StageLatency& stage : bucket.stages()) {
    median_us += stage.p50_us();
    if (slowest == nullptr || stage.p99_us() > slowest->p99_us()) slowest = &stage;
  }
  if (slowest == nullptr) return "";
  return fmt::format("{:.1f} ms, {} p99 {:.1f}", median_us / 1000, Label(slowest->stage()),
                     slowest->p99_us() / 1000);
}

v1::Verdict Dominating(const v1::HistoryBucket& bucket) {
  return bucket.verdicts().empty() ? v1::VERDICT_UNSPECIFIED : bucket.verdicts(0).verdict();
}

std::string RowText(const v1::HistoryRow& row, const v1::HistoryResponse& answer) {
  Rows table{{" ", "from", "results", "verdict", "mismatch", "latency"}};
  v1::Verdict before = v1::VERDICT_UNSPECIFIED;
  for (const v1::HistoryBucket& bucket : row.buckets()) {
    const v1::Verdict now = Dominating(bucket);
    const bool is_change =
        now != v1::VERDICT_UNSPECIFIED && before != v1::VERDICT_UNSPECIFIED && now != before;
    table.push_back({is_change ? ">" : " ", StartText(bucket, answer.step().seconds()),
                     bucket.results() == 0 ? "none" : std::to_string(bucket.results()),
                     Verdicts(bucket), Percent(bucket.auth_mismatches(), bucket.auth_judged()),
                     Latency(bucket)});
    if (now != v1::VERDICT_UNSPECIFIED) before = now;
  }
  return fmt::format("{} {}:{} {}\n", row.location(), row.endpoint(), row.port(), row.profile()) +
         RenderColumns(table);
}

const v1::StageLatency* Find(const v1::HistoryBucket& bucket, v1::Stage stage) {
  for (const v1::StageLatency& each : bucket.stages()) {
    if (each.stage() == stage) return &each;
  }
  return nullptr;
}

std::vector<std::string> Columns() {
  std::vector<std::string> columns{
      "location", "endpoint", "host",    "port",    "protocol", "profile",     "start",
      "step_s",   "level",    "results", "verdict", "verdicts", "auth_judged", "auth_mismatches"};
  for (std::size_t i = 0; i < kStageCount; ++i) {
    for (const char* quantile : {"p50", "p90", "p99"}) {
      columns.push_back(fmt::format("{}_{}_ms", Label(StageAt(i)), quantile));
    }
  }
  return columns;
}

std::string Record(const v1::HistoryRow& row, const v1::HistoryBucket& bucket,
                   const v1::HistoryResponse& answer) {
  std::string verdicts;
  for (const v1::VerdictCount& count : bucket.verdicts()) {
    verdicts += fmt::format("{}{}={}", verdicts.empty() ? "" : " ", Label(count.verdict()),
                            count.results());
  }
  std::vector<std::string> fields{row.location(),
                                  row.endpoint(),
                                  row.host(),
                                  std::to_string(row.port()),
                                  std::string(Label(row.protocol())),
                                  row.profile(),
                                  TimeText(bucket.start()),
                                  std::to_string(answer.step().seconds()),
                                  answer.level(),
                                  std::to_string(bucket.results()),
                                  std::string(Label(Dominating(bucket))),
                                  verdicts,
                                  std::to_string(bucket.auth_judged()),
                                  std::to_string(bucket.auth_mismatches())};
  for (std::size_t i = 0; i < kStageCount; ++i) {
    const v1::StageLatency* stage = Find(bucket, StageAt(i));
    for (const double us :
         {stage ? stage->p50_us() : 0, stage ? stage->p90_us() : 0, stage ? stage->p99_us() : 0}) {
      fields.push_back(stage == nullptr ? "" : fmt::format("{:.3f}", us / 1000));
    }
  }
  return CsvRecord(fields);
}

}  // namespace

std::string HistoryText(const v1::HistoryResponse& answer) {
  if (answer.rows().empty()) return "nothing has been probed\n";
  std::string out = fmt::format(
      "{} to {}, {} a line, from the {} results\n"
      "(latency: the stages' medians together, and the stage with the slowest hundredth)\n",
      TimeText(answer.since()), TimeText(answer.until()), StepText(answer.step()),
      answer.level() == "raw"            ? "raw"
      : answer.level() == "five_minutes" ? "5-minute"
                                         : "hourly");
  for (const v1::HistoryRow& row : answer.rows()) out += "\n" + RowText(row, answer);
  return out;
}

std::string HistoryCsv(const v1::HistoryResponse& answer) {
  std::string out = CsvRecord(Columns());
  for (const v1::HistoryRow& row : answer.rows()) {
    for (const v1::HistoryBucket& bucket : row.buckets()) out += Record(row, bucket, answer);
  }
  return out;
}

}  // namespace relaywatch::cli
