// Dialogues by what they show, with the judgement of each profile that matters: shared by the tests
// of judging, of normalising, of totality and of completeness.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::judge {

struct JudgeCase {
  std::string name;
  v1::Facts facts;
  // Profile and its judgement as Told() writes it; "*" is every built-in profile not named.
  std::vector<std::pair<std::string, std::string>> expected;
};

const std::vector<JudgeCase>& JudgeCases();

std::vector<JudgeCase> NetworkCases();
std::vector<JudgeCase> TlsCases();
std::vector<JudgeCase> AuthCases();
std::vector<JudgeCase> RelayCases();
std::vector<JudgeCase> ReceivingCases();

}  // namespace relaywatch::judge
