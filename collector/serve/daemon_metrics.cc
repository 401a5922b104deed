#include "collector/serve/daemon_metrics.h"

#include <array>
#include <string>

#include "collector/ingest/validate.h"
#include "collector/serve/catalogue.h"
#include "collector/store/gap_reason.h"
#include "common/version.h"

namespace relaywatch::collector {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

constexpr std::array<std::string_view, 2> kLanes{"live", "backlog"};

std::string_view LaneLabel(v1::Lane lane) { return kLanes[lane == v1::LANE_BACKLOG ? 1 : 0]; }

template <typename Values>
std::map<std::string_view, prometheus::Counter*> Register(prometheus::Registry& registry,
                                                          const Metric& metric,
                                                          const Values& values) {
  auto& family = Describe(BuildCounter(), metric).Register(registry);
  std::map<std::string_view, prometheus::Counter*> children;
  for (const std::string_view value : values) {
    children[value] = &family.Add({{std::string(metric.labels), std::string(value)}});
  }
  return children;
}

std::vector<std::string_view> GapReasons() {
  std::vector<std::string_view> labels;
  for (int i = 1; i < v1::GapReason_ARRAYSIZE; ++i) {
    labels.push_back(Label(static_cast<v1::GapReason>(i)));
  }
  return labels;
}

prometheus::Gauge& Register(prometheus::Registry& registry, const Metric& metric) {
  return Describe(BuildGauge(), metric).Register(registry).Add({});
}

const prometheus::Histogram::BucketBoundaries kCommitSeconds{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

}  // namespace

IngestMetrics::IngestMetrics(prometheus::Registry& registry)
    : results_(Register(registry, metric::kIngestResults, kLanes)),
      duplicates_(Register(registry, metric::kIngestDuplicates, kLanes)),
      rewinds_(Register(registry, metric::kIngestRewinds, kLanes)),
      gaps_(Register(registry, metric::kIngestGapResults, GapReasons())),
      rejected_(Register(registry, metric::kIngestRejected, kRejectionReasons)),
      duplicate_identities_(Describe(prometheus::BuildCounter(), metric::kAgentDuplicateIdentity)
                                .Register(registry)
                                .Add({})) {}

void IngestMetrics::Results(v1::Lane lane, std::uint64_t count) {
  results_.at(LaneLabel(lane))->Increment(static_cast<double>(count));
}
void IngestMetrics::Duplicates(v1::Lane lane, std::uint64_t count) {
  duplicates_.at(LaneLabel(lane))->Increment(static_cast<double>(count));
}
void IngestMetrics::Rewinds(v1::Lane lane, std::uint64_t count) {
  rewinds_.at(LaneLabel(lane))->Increment(static_cast<double>(count));
}
void IngestMetrics::Gap(v1::GapReason reason, std::uint64_t results) {
  gaps_.at(Label(reason))->Increment(static_cast<double>(results));
}
void IngestMetrics::Rejected(std::string_view reason) { rejected_.at(reason)->Increment(); }

StoreMetrics::StoreMetrics(prometheus::Registry& registry)
    : commits_(Describe(BuildHistogram(), metric::kStoreCommitDuration)
                   .Register(registry)
                   .Add({}, kCommitSeconds)),
      wal_bytes_(Register(registry, metric::kStoreWalBytes)),
      results_(Register(registry, metric::kStoreResults)),
      bytes_(Register(registry, metric::kStoreBytes)),
      queue_bytes_(Register(registry, metric::kStoreQueueBytes)),
      damaged_(Register(registry, metric::kStoreDamaged)) {}

void StoreMetrics::Committed(std::chrono::steady_clock::duration took, const StoreStats& stats) {
  commits_.Observe(std::chrono::duration<double>(took).count());
  Size(stats);
}

void StoreMetrics::Size(const StoreStats& stats) {
  damaged_.Set(static_cast<double>(stats.damaged));
  wal_bytes_.Set(static_cast<double>(stats.wal_bytes));
  results_.Set(static_cast<double>(stats.results));
  bytes_.Set(static_cast<double>(stats.bytes));
}

void StoreMetrics::QueueBytes(std::size_t bytes) { queue_bytes_.Set(static_cast<double>(bytes)); }

ConfigMetrics::ConfigMetrics(prometheus::Registry& registry)
    : successful_(Register(registry, metric::kReloadSuccessful)),
      timestamp_(Register(registry, metric::kReloadTimestamp)) {
  Describe(BuildGauge(), metric::kBuildInfo).Register(registry).Add({{"version", kVersion}}).Set(1);
}

void ConfigMetrics::Loaded(std::int64_t now_ms) {
  successful_.Set(1);
  timestamp_.Set(static_cast<double>(now_ms) / 1000);
}

}  // namespace relaywatch::collector
