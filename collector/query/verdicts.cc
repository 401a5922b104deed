#include "collector/query/verdicts.h"

#include "common/judge/advice.h"

namespace relaywatch::collector {

v1::ProfileVerdict VerdictOf(const JudgedOutcome& outcome, std::size_t position, Words words) {
  const judge::ClientProfile& profile = outcome.profiles->all()[position].profile;
  const judge::Judgement& judgement = outcome.judgements[position];
  const judge::Explanation explanation = judge::Explain(outcome.facts, profile, judgement);
  v1::ProfileVerdict verdict;
  verdict.set_profile(profile.name);
  verdict.set_verdict(judgement.verdict);
  verdict.set_stage(judgement.stage);
  for (const v1::Verdict also : judgement.also) verdict.add_also(also);
  verdict.set_summary(explanation.summary);
  if (words == Words::kSummary) return verdict;
  for (const std::string& advice : explanation.advice) verdict.add_advice(advice);
  for (const std::string& code : explanation.outlook_codes) verdict.add_outlook_codes(code);
  return verdict;
}

}  // namespace relaywatch::collector
