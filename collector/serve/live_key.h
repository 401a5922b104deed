// The live metrics of one (location, endpoint, port): its counters by profile, its stage histograms
// and its relay state, with what the commit in the making adds to them. Pointers into the registry
// are looked up once, so that a result costs a few additions. Confined to the writer's thread; the
// registry's objects themselves are read by scrapes.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "collector/ingest/dictionary.h"
#include "common/taxonomy.h"

namespace relaywatch::collector {

// Upper bounds of the stage histograms in microseconds; one more bucket holds the rest.
inline constexpr std::array<std::uint32_t, 12> kStageBoundsUs{
    500,     1'000,   2'500,     5'000,     10'000,     25'000,
    100'000, 250'000, 1'000'000, 2'500'000, 10'000'000, 30'000'000};
inline constexpr std::size_t kStageBuckets = kStageBoundsUs.size() + 1;

// What the results of one commit add to one stage.
struct StageTally {
  std::array<std::uint32_t, kStageBuckets> buckets{};
  std::uint64_t sum_us = 0;
  std::uint32_t count = 0;
};

struct ProfileCounters {
  std::size_t position = 0;  // in ProfileSet::all()
  std::string profile;
  prometheus::Counter* judged = nullptr;  // null: over the bound on series
  prometheus::Counter* mismatches = nullptr;
  std::array<prometheus::Counter*, v1::Verdict_ARRAYSIZE> verdicts{};  // made when first needed
};

struct LiveKey {
  std::string location;
  std::string endpoint;
  std::string port;
  std::vector<ProfileCounters> profiles;
  std::array<prometheus::Histogram*, kStageCount> stages{};  // made when first needed
  std::array<StageTally, kStageCount> tallies{};
  std::int64_t shown = 0;   // the outcome whose relay state and certificate the gauges show
  bool has_gauges = false;  // within the bound on series
  bool touched = false;     // something was added since the last commit

  // Adds one result's stages to the tallies.
  void Tally(std::span<const std::uint32_t> stage_us) {
    for (std::size_t i = 0; i < stage_us.size(); ++i) {
      if (stage_us[i] == 0) continue;
      StageTally& tally = tallies[i];
      std::size_t bucket = 0;
      while (bucket < kStageBoundsUs.size() && stage_us[i] > kStageBoundsUs[bucket]) ++bucket;
      ++tally.buckets[bucket];
      tally.sum_us += stage_us[i];
      ++tally.count;
    }
  }
};

}  // namespace relaywatch::collector
