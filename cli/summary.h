// What many probes of a run come to, like the last lines of ping: how often each verdict was given
// for each profile, and the quantiles of the time spent in each stage. Thread-compatible.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/judged_report.h"

namespace relaywatch::cli {

class Summary {
 public:
  void Add(const JudgedReport& judged);
  // Plain text, newline at the end.
  std::string Text() const;

 private:
  struct OfTarget {
    std::uint64_t probes = 0;
    std::map<std::string, std::map<v1::Verdict, std::uint64_t>> verdicts;  // by profile
    std::vector<std::vector<std::int64_t>> stage_us{kStageCount + 1};      // the last one: total
  };

  std::map<std::string, OfTarget> targets_;
};

// The q-quantile (0..1) of the values by the nearest-rank method; 0 where there are none.
std::int64_t Quantile(std::vector<std::int64_t> values, double q);

}  // namespace relaywatch::cli
