// A probe's report together with what every chosen client profile makes of it: what all output
// forms (text, json, ndjson, csv) are made from. A value; thread-compatible.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/probe/probe.h"
#include "common/facts/describe.h"
#include "common/judge/advice.h"
#include "common/judge/judge.h"
#include "common/judge/profile.h"
#include "common/syntax.h"

namespace relaywatch::cli {

struct ProfileJudgement {
  const judge::ClientProfile* profile = nullptr;  // outlives the report
  judge::Judgement judgement;
  judge::Explanation explanation;
};

struct JudgedReport {
  HostPort target;
  probe::Report report;
  std::vector<ProfileJudgement> judgements;
  std::vector<std::string> findings;
};

JudgedReport JudgeReport(HostPort target, probe::Report report,
                         std::span<const judge::ClientProfile* const> profiles);

// Every judged profile could send.
bool AllOk(const JudgedReport& judged);

}  // namespace relaywatch::cli
