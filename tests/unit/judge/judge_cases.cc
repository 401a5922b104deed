#include "tests/unit/judge/judge_cases.h"

#include <iterator>

namespace relaywatch::judge {

const std::vector<JudgeCase>& JudgeCases() {
  static const std::vector<JudgeCase> cases = [] {
    std::vector<JudgeCase> all;
    for (auto part : {NetworkCases(), TlsCases(), AuthCases(), RelayCases(), ReceivingCases()}) {
      all.insert(all.end(), std::make_move_iterator(part.begin()),
                 std::make_move_iterator(part.end()));
    }
    return all;
  }();
  return cases;
}

}  // namespace relaywatch::judge
