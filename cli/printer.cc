#include "cli/printer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <vector>

#include "cli/csv.h"
#include "cli/document.h"
#include "cli/text_report.h"
#include "common/clock.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

// Replacing what is no UTF-8 keeps a hostile banner from ending the program.
constexpr auto kReplaceBadUtf8 = nlohmann::ordered_json::error_handler_t::replace;

// "2026-11-22T22:46:03.120Z smtp.example.com:587 12.3 ms ok (5), relay_denied (2)"
std::string ProbeLine(const JudgedReport& judged) {
  std::map<v1::Verdict, int> counts;
  for (const auto& entry : judged.judgements) ++counts[entry.judgement.verdict];
  std::vector<std::string> verdicts;
  for (const auto& [verdict, count] : counts) {
    verdicts.push_back(fmt::format("{} ({})", Label(verdict), count));
  }
  return fmt::format(
      "{} {} {:.1f} ms  {}\n", FormatRfc3339(judged.report.wall_ms), FormatHostPort(judged.target),
      static_cast<double>(judged.report.total.count()) / 1000.0, fmt::join(verdicts, ", "));
}

}  // namespace

Printer::Printer(Output output, bool repeated, std::FILE* file)
    : output_(output), repeated_(repeated), file_(file) {}

void Printer::Write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), file_);
  std::fflush(file_);
}

void Printer::PrintText(const JudgedReport& judged) {
  if (repeated_) {
    summary_.Add(judged);
    return Write(ProbeLine(judged));
  }
  Write((printed_ == 0 ? "" : "\n") + TextReport(judged));
}

void Printer::Print(const JudgedReport& judged) {
  switch (output_) {
    case Output::kText:
      PrintText(judged);
      break;
    case Output::kJson:
      Write((printed_ == 0 ? "[\n" : ",\n") +
            Document(judged).dump(2, ' ', false, kReplaceBadUtf8));
      break;
    case Output::kNdjson:
      Write(Document(judged).dump(-1, ' ', false, kReplaceBadUtf8) + "\n");
      break;
    case Output::kCsv:
      Write((printed_ == 0 ? CsvHeader() : "") + CsvRecords(judged));
      break;
  }
  ++printed_;
}

void Printer::Finish() {
  if (output_ == Output::kJson) Write(printed_ == 0 ? "[]\n" : "\n]\n");
  if (output_ == Output::kText && repeated_) Write(summary_.Text());
}

}  // namespace relaywatch::cli
