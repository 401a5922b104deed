#include "cli/judged_report.h"

#include <algorithm>
#include <utility>

namespace relaywatch::cli {

JudgedReport JudgeReport(HostPort target, probe::Report report,
                         std::span<const judge::ClientProfile* const> profiles) {
  JudgedReport judged{.target = std::move(target), .report = std::move(report)};
  for (const judge::ClientProfile* profile : profiles) {
    ProfileJudgement entry{.profile = profile};
    entry.judgement = judge::Judge(judged.report.facts, *profile);
    entry.explanation = judge::Explain(judged.report.facts, *profile, entry.judgement);
    judged.judgements.push_back(std::move(entry));
  }
  judged.findings = judge::Findings(judged.report.facts, judged.report.wall_ms / 1000);
  return judged;
}

bool AllOk(const JudgedReport& judged) {
  return std::all_of(
      judged.judgements.begin(), judged.judgements.end(),
      [](const ProfileJudgement& entry) { return entry.judgement.verdict == v1::VERDICT_OK; });
}

}  // namespace relaywatch::cli
