#include "cli/document.h"

#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/json/facts_json.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

using Json = nlohmann::ordered_json;

Json NullIfEmpty(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json TargetJson(const JudgedReport& judged) {
  const v1::Facts& facts = judged.report.facts;
  return {{"host", judged.target.host},
          {"port", judged.target.port},
          {"protocol", Label(facts.protocol())},
          {"security", Label(EffectiveSecurity(facts))}};
}

Json PopWindowJson(const std::optional<probe::PopWindow>& window) {
  if (!window) return nullptr;
  return {{"open", window->open.count()},
          {"closed", window->closed ? Json(window->closed->count()) : Json(nullptr)}};
}

double Milliseconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1000.0;
}

Json TimingsJson(const probe::Report& report) {
  Json timings = Json::object();
  for (std::size_t i = 0; i < report.timings.size(); ++i) {
    const bool ran = report.timings[i].count() > 0;
    timings[std::string(Label(StageAt(i)))] =
        ran ? Json(Milliseconds(report.timings[i])) : Json(nullptr);
  }
  timings["total"] = Milliseconds(report.total);
  return timings;
}

Json JudgementJson(const ProfileJudgement& entry) {
  Json also = Json::array();
  for (const v1::Verdict verdict : entry.judgement.also) also.push_back(Label(verdict));
  return {{"profile", entry.profile->name},
          {"verdict", Label(entry.judgement.verdict)},
          {"stage", Label(entry.judgement.stage)},
          {"also", std::move(also)},
          {"outlook_codes", entry.explanation.outlook_codes},
          {"summary", entry.explanation.summary},
          {"advice", entry.explanation.advice}};
}

Json TranscriptJson(const std::vector<probe::TranscriptLine>& lines) {
  Json transcript = Json::array();
  for (const probe::TranscriptLine& line : lines) {
    using From = probe::TranscriptLine::From;
    const char* from = line.from == From::kClient   ? "client"
                       : line.from == From::kServer ? "server"
                                                    : "note";
    transcript.push_back({{"from", from}, {"ms", Milliseconds(line.at)}, {"line", line.line}});
  }
  return transcript;
}

}  // namespace

Json Document(const JudgedReport& judged) {
  const probe::Report& report = judged.report;
  const v1::Facts& facts = report.facts;
  Json judgements = Json::array();
  for (const ProfileJudgement& entry : judged.judgements)
    judgements.push_back(JudgementJson(entry));
  Json document = {{"target", TargetJson(judged)},
                   {"address", NullIfEmpty(report.address)},
                   {"started_at", FormatRfc3339(report.wall_ms)}};
  document.update(FactsJson(facts));
  document["relay"]["pop_window_s"] = PopWindowJson(report.pop_window);
  document["timings_ms"] = TimingsJson(report);
  document["judgements"] = std::move(judgements);
  document["findings"] = judged.findings;
  document["transcript"] = TranscriptJson(report.transcript);
  return document;
}

}  // namespace relaywatch::cli
