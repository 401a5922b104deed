#include "cli/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "common/taxonomy.h"

namespace relaywatch::cli {

std::int64_t Quantile(std::vector<std::int64_t> values, double q) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  const std::size_t index = std::clamp<std::size_t>(rank, 1, values.size()) - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index),
                   values.end());
  return values[index];
}

void Summary::Add(const JudgedReport& judged) {
  OfTarget& target = targets_[FormatHostPort(judged.target)];
  ++target.probes;
  for (const ProfileJudgement& entry : judged.judgements) {
    ++target.verdicts[entry.profile->name][entry.judgement.verdict];
  }
  const probe::Report& report = judged.report;
  for (std::size_t i = 0; i < kStageCount; ++i) {
    if (report.timings[i].count() > 0) target.stage_us[i].push_back(report.timings[i].count());
  }
  target.stage_us[kStageCount].push_back(report.total.count());
}

std::string Summary::Text() const {
  std::string out;
  for (const auto& [name, target] : targets_) {
    out += fmt::format("\n--- {}: {} probes\n", name, target.probes);
    for (const auto& [profile, counts] : target.verdicts) {
      std::vector<std::string> shares;
      for (const auto& [verdict, count] : counts) {
        shares.push_back(fmt::format("{} {}", count, Label(verdict)));
      }
      out += fmt::format("{:<16} {}\n", profile, fmt::join(shares, ", "));
    }
    out +=
        fmt::format("{:<10}{:>10}{:>10}{:>10}{:>10}  (ms)\n", "stage", "p50", "p90", "p99", "max");
    for (std::size_t i = 0; i <= kStageCount; ++i) {
      const auto& times = target.stage_us[i];
      if (times.empty()) continue;
      const auto ms = [&](double q) { return static_cast<double>(Quantile(times, q)) / 1000.0; };
      out += fmt::format("{:<10}{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}\n",
                         i == kStageCount ? "total" : Label(StageAt(i)), ms(0.5), ms(0.9), ms(0.99),
                         ms(1.0));
    }
  }
  return out;
}

}  // namespace relaywatch::cli
