// The pure half of explain_command.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <deque>

#include "cli/changes_command.h"
#include "cli/csv.h"
#include "cli/explain_command.h"
#include "cli/text_report.h"
#include "cli/witness_text.h"
#include "common/json/answers_json.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

// The answer as if this host had probed: the same words come out as of `relaywatch probe`.
struct AsReport {
  explicit AsReport(const v1::ExplainResponse& answer) {
    judged.target = {answer.host(), static_cast<std::uint16_t>(answer.port())};
    judged.report.facts = answer.facts();
    judged.report.address = answer.address();
    for (int i = 0; i < answer.stage_us_size() && i < static_cast<int>(kStageCount); ++i) {
      const std::chrono::microseconds time(answer.stage_us(i));
      judged.report.timings[static_cast<std::size_t>(i)] = time;
      judged.report.total += time;
    }
    for (const v1::ProfileVerdict& verdict : answer.verdicts()) Add(verdict);
    judged.findings.assign(answer.findings().begin(), answer.findings().end());
  }

  JudgedReport judged;

 private:
  void Add(const v1::ProfileVerdict& verdict) {
    profiles_.push_back({.name = verdict.profile()});
    ProfileJudgement entry{.profile = &profiles_.back()};
    entry.judgement.verdict = verdict.verdict();
    entry.judgement.stage = verdict.stage();
    entry.explanation.summary = verdict.summary();
    entry.explanation.advice.assign(verdict.advice().begin(), verdict.advice().end());
    entry.explanation.outlook_codes.assign(verdict.outlook_codes().begin(),
                                           verdict.outlook_codes().end());
    judged.judgements.push_back(std::move(entry));
  }

  std::deque<judge::ClientProfile> profiles_;  // stay where they are
};

void Heading(std::string& out, const v1::ExplainResponse& answer) {
  const auto& verdicts = answer.verdicts();
  const auto able = std::count_if(verdicts.begin(), verdicts.end(), [](const auto& verdict) {
    return verdict.verdict() == v1::VERDICT_OK;
  });
  const char* verb = answer.protocol() == v1::PROTOCOL_SMTP ? "send" : "receive";
  out += fmt::format("{}:{} ({}) from {}: {} of {} client profiles can {}\n", answer.endpoint(),
                     answer.port(), answer.host(), answer.location(), able, verdicts.size(), verb);
  const std::string address =
      answer.address().empty() ? "" : fmt::format(" at {}", answer.address());
  out += fmt::format("  measured {} by {}{}\n\n", TimeText(answer.measured_at()), answer.agent(),
                     address);
}

// Profiles with the same beginning share a line.
void Since(std::string& out, const v1::ExplainResponse& answer) {
  out += "\nSince\n";
  std::vector<std::pair<std::string, std::vector<std::string>>> lines;
  for (const v1::ProfileVerdict& verdict : answer.verdicts()) {
    const std::string when =
        fmt::format("{} since {}{}", Label(verdict.verdict()), TimeText(verdict.since()),
                    verdict.since_or_before() ? " or before" : "");
    auto line = std::find_if(lines.begin(), lines.end(),
                             [&](const auto& known) { return known.first == when; });
    if (line == lines.end()) line = lines.insert(line, {when, {}});
    line->second.push_back(verdict.profile());
  }
  for (const auto& [when, profiles] : lines) {
    Wrap(out, "  ", "    ", fmt::format("{}: {}", fmt::join(profiles, ", "), when));
  }
  Wrap(out, "  ", "    ",
       fmt::format("exactly these replies: since {}{}", TimeText(answer.since()),
                   answer.since_or_before() ? " or before" : ""));
}

void Elsewhere(std::string& out, const v1::ExplainResponse& answer) {
  out += "\nElsewhere in these minutes\n";
  Wrap(out, "  ", "  ", fmt::format("{}: {}", CauseText(answer.cause()), answer.cause_words()));
  AddWitnesses(out, answer.elsewhere());
}

}  // namespace

std::string ExplainText(const v1::ExplainResponse& answer) {
  std::string out;
  Heading(out, answer);
  out += TextBody(AsReport(answer).judged);
  if (!answer.verdicts().empty()) Since(out, answer);
  Elsewhere(out, answer);
  if (answer.has_last_change()) {
    out += "\nLast change of its rules\n" + ChangeText(answer.last_change(), "  ");
  }
  return out;
}

std::string ExplainCsv(const v1::ExplainResponse& answer) {
  static const std::array<std::string, 15> kColumns{
      "location",        "endpoint", "host",    "port",  "protocol",      "agent",
      "measured_at",     "profile",  "verdict", "stage", "outlook_codes", "since",
      "since_or_before", "cause",    "summary"};
  std::string out = CsvRecord(kColumns);
  for (const v1::ProfileVerdict& verdict : answer.verdicts()) {
    const std::array<std::string, 15> fields{
        answer.location(),
        answer.endpoint(),
        answer.host(),
        std::to_string(answer.port()),
        std::string(Label(answer.protocol())),
        answer.agent(),
        TimeText(answer.measured_at()),
        verdict.profile(),
        std::string(Label(verdict.verdict())),
        std::string(Label(verdict.stage())),
        fmt::format("{}", fmt::join(verdict.outlook_codes(), " ")),
        TimeText(verdict.since()),
        verdict.since_or_before() ? "1" : "0",
        answer.cause(),
        verdict.summary()};
    out += CsvRecord(fields);
  }
  return out;
}

}  // namespace relaywatch::cli
