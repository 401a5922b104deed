// The results of a fleet, round by round: every series is probed once a minute, some by two agents;
// timings are spread log-normally around what is usual for the series, with a long tail now and
// then; outcomes seldom change. Cheap to make, so that what is measured is the store. Confined to
// one thread.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "collector/store/rows.h"

namespace relaywatch::bench {

class FleetHistory {
 public:
  static constexpr std::int64_t kStartMs = 1'790'000'000'000;
  static constexpr std::int64_t kRoundMs = 60'000;

  explicit FleetHistory(std::int64_t series);

  // The names that results refer to.
  collector::CommitSet Names() const;
  std::vector<std::string> EndpointNames() const;
  // Appends the next minute's results.
  void Round(std::vector<collector::ResultRow>& results);

  std::int64_t series() const { return static_cast<std::int64_t>(paths_.size()); }
  std::int64_t now_ms() const { return kStartMs + round_ * kRoundMs; }
  // The newest result of every series.
  std::vector<collector::LatestRow> Latest() const;

 private:
  struct Path {
    std::int64_t phase_ms = 0;
    std::int64_t outcome = 0;
    std::uint32_t stages = 0;
    float pace = 1;  // of its network
    int agents = 1;
  };
  collector::ResultRow Probe(std::size_t path, int agent);
  void Prepare(Path& path);

  std::mt19937 random_{1};
  std::vector<float> spread_;  // factors to draw from
  std::vector<Path> paths_;
  std::vector<std::uint64_t> seqs_;  // by epoch
  std::int64_t round_ = 0;
};

}  // namespace relaywatch::bench
