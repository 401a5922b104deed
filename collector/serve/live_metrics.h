// What Prometheus sees of the probes: counters, histograms and gauges that move with live results
// (LANE_LIVE, not moved) after they are durable. Results that come late belong into the store
// alone, for Prometheus has no place for old times.
//
// Every counter of a key exists at 0 from the moment the key does: for all endpoints and ports of
// the plan at all of its locations, and for whatever else is reported. Series are bounded: above
// the bound a key gets no per-profile counters, and what is missing is counted. Confined to the
// writer's thread, apart from the registry.
#pragma once

#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "collector/serve/live_key.h"
#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::collector {

class LiveMetrics {
 public:
  static constexpr std::size_t kMaxSeries = 200'000;
  static constexpr std::size_t kMaxKeys = 50'000;

  LiveMetrics(prometheus::Registry& registry, std::size_t max_series = kMaxSeries);

  // The plan and the profiles from now on. Keys stay, with the profiles that are theirs now.
  void Use(std::shared_ptr<const v1::Plan> plan, std::shared_ptr<const ProfileSet> profiles);

  // The key of a series, made where it is new; valid as long as this object. Null above kMaxKeys:
  // an agent that makes up endpoints must not use up our memory.
  LiveKey* Find(const SeriesKey& series);

  // One live result, and `count` of them with that outcome; nothing is shown before Publish.
  void Add(LiveKey& key, std::span<const std::uint32_t> stage_us) {
    if (!std::exchange(key.touched, true)) touched_.push_back(&key);
    key.Tally(stage_us);
  }
  void Count(LiveKey& key, const std::shared_ptr<const JudgedOutcome>& outcome,
             std::uint64_t count);
  // What the gauges of a key show from now on: its newest outcome.
  void Show(LiveKey& key, const JudgedOutcome& outcome);

  // The commit went through: everything added since the last call becomes visible.
  void Publish();

  std::size_t series() const { return series_; }
  // Whoever adds series to the probe metrics asks first; false, and counted, above the bound.
  bool TakeSeries(std::size_t count);

 private:
  using KeyName = std::tuple<std::string, std::string, std::uint32_t>;
  struct PairCount {
    std::shared_ptr<const JudgedOutcome> outcome;
    std::uint64_t count = 0;
  };

  LiveKey* Find(const std::string& location, const std::string& endpoint, std::uint32_t port);
  void GiveProfiles(LiveKey& key);
  prometheus::Counter& VerdictCounter(const LiveKey& key, ProfileCounters& profile,
                                      v1::Verdict verdict);
  void PublishStages(LiveKey& key);
  void PublishOutcome(LiveKey& key, const JudgedOutcome& outcome, std::uint64_t count);
  void ShowRelay(const LiveKey& key, const char* identity, std::string_view shown);

  prometheus::Family<prometheus::Counter>& probes_;
  prometheus::Family<prometheus::Counter>& judged_;
  prometheus::Family<prometheus::Counter>& mismatches_;
  prometheus::Family<prometheus::Histogram>& stages_;
  prometheus::Family<prometheus::Gauge>& relay_;
  prometheus::Family<prometheus::Gauge>& certificates_;
  prometheus::Counter& dropped_;
  const std::size_t max_series_;
  std::size_t series_ = 0;
  std::shared_ptr<const v1::Plan> plan_;
  std::shared_ptr<const ProfileSet> profiles_;
  std::map<KeyName, std::unique_ptr<LiveKey>> keys_;
  std::vector<LiveKey*> touched_;
  absl::flat_hash_map<std::pair<LiveKey*, const JudgedOutcome*>, PairCount> pairs_;
};

}  // namespace relaywatch::collector
