// Every metric by name: the only place where one is spelled. docs/metrics.md is checked against it.
// Names follow the Prometheus conventions: base units, _total for counters, no timestamps on
// samples. Immutable; thread-safe.
#pragma once

#include <prometheus/metric_type.h>

#include <span>
#include <string>
#include <string_view>

namespace relaywatch::collector {

struct Metric {
  std::string_view name;
  prometheus::MetricType type;
  std::string_view labels;  // in their order, separated by blanks
  std::string_view help;
};

namespace metric {
extern const Metric kProbes;
extern const Metric kAuthJudged;
extern const Metric kAuthMismatches;
extern const Metric kStageDuration;
extern const Metric kRelayState;
extern const Metric kPolicyChanges;
extern const Metric kPolicyLastChange;
extern const Metric kPolicyOpenChange;
extern const Metric kCertificateExpiry;
extern const Metric kAgents;
extern const Metric kAgentLastSeen;
extern const Metric kAgentBacklog;
extern const Metric kAgentClockOffset;
extern const Metric kAgentCertificateExpiry;
extern const Metric kAgentDropped;
extern const Metric kAgentBacklogAge;
extern const Metric kAgentSpoolBytes;
extern const Metric kAgentSpoolFailed;
extern const Metric kAgentPlanRevision;
extern const Metric kAgentPlanRefusals;
extern const Metric kAgentPolicyRefusedProbes;
extern const Metric kAgentDuplicateIdentity;
extern const Metric kIngestResults;
extern const Metric kIngestDuplicates;
extern const Metric kIngestGapResults;
extern const Metric kIngestRewinds;
extern const Metric kIngestRejected;
extern const Metric kStoreCommitDuration;
extern const Metric kStoreWalBytes;
extern const Metric kStoreResults;
extern const Metric kStoreBytes;
extern const Metric kStoreQueueBytes;
extern const Metric kStoreDamaged;
extern const Metric kSeriesDropped;
extern const Metric kReloadSuccessful;
extern const Metric kReloadTimestamp;
extern const Metric kBuildInfo;
}  // namespace metric

// All of them, in the order of the documentation.
std::span<const Metric* const> Catalogue();

// The builders of prometheus-cpp want strings of their own.
template <typename Builder>
Builder Describe(Builder builder, const Metric& metric) {
  return builder.Name(std::string(metric.name)).Help(std::string(metric.help));
}

}  // namespace relaywatch::collector
