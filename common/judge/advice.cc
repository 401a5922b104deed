#include "common/judge/advice.h"

#include <fmt/format.h>

#include "common/judge/advice_table.h"
#include "common/judge/outlook_codes.h"

namespace relaywatch::judge {

Explanation Explain(const v1::Facts& facts, const ClientProfile& profile,
                    const Judgement& judgement) {
  const Situation situation{facts, profile, judgement};
  Explanation explanation;
  for (const SummaryRow& row : SummaryRows()) {
    if (row.verdict != judgement.verdict || !row.when(situation)) continue;
    explanation.summary = Fill(row.text, situation);
    break;
  }
  for (const AdviceRow& row : AdviceRows()) {
    if (row.verdict != judgement.verdict || !row.when(situation)) continue;
    explanation.advice.push_back(
        fmt::format("{}: {}", SideName(row.side), Fill(row.text, situation)));
  }
  if (profile.is_outlook) {
    const auto codes = OutlookCodes(facts, judgement);
    explanation.outlook_codes.assign(codes.begin(), codes.end());
  }
  return explanation;
}

}  // namespace relaywatch::judge
