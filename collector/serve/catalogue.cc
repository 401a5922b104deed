#include "collector/serve/catalogue.h"

namespace relaywatch::collector {
namespace metric {

using prometheus::MetricType;

const Metric kProbes{"relaywatch_probes_total", MetricType::Counter,
                     "location endpoint port profile verdict",
                     "Live probes judged, by what the client profile would run into."};
const Metric kAuthJudged{"relaywatch_auth_judged_total", MetricType::Counter,
                         "location endpoint port profile",
                         "Live probes that went far enough to know which AUTH is offered."};
const Metric kAuthMismatches{
    "relaywatch_auth_mismatches_total", MetricType::Counter, "location endpoint port profile",
    "Those among them where the profile finds no AUTH it can use (auth_mismatch, "
    "auth_not_offered)."};
const Metric kStageDuration{"relaywatch_probe_stage_duration_seconds", MetricType::Histogram,
                            "location endpoint port stage",
                            "Time live probes spent in each stage that ran."};
const Metric kRelayState{
    "relaywatch_relay_state", MetricType::Gauge, "location endpoint port identity state",
    "Whether a foreign recipient is accepted: 1 at the state seen last, 0 at the others."};
const Metric kPolicyChanges{"relaywatch_policy_changes_total", MetricType::Counter,
                            "location endpoint port kind",
                            "Confirmed changes of what a server and the way to it allow."};
const Metric kPolicyLastChange{"relaywatch_policy_last_change_timestamp_seconds", MetricType::Gauge,
                               "location endpoint port kind",
                               "When the last of these changes began."};
const Metric kPolicyOpenChange{"relaywatch_policy_open_change_timestamp_seconds", MetricType::Gauge,
                               "location endpoint port kinds change difference",
                               "When a change began that is in force and was not accepted."};
const Metric kCertificateExpiry{"relaywatch_certificate_expiry_timestamp_seconds",
                                MetricType::Gauge, "endpoint port",
                                "When the server's certificate expires, as seen last."};
const Metric kAgents{"relaywatch_agents", MetricType::Gauge, "location state",
                     "Agents that the collector knows, by where they are and how they are."};
const Metric kAgentLastSeen{"relaywatch_agent_last_seen_timestamp_seconds", MetricType::Gauge,
                            "agent location", "When the agent was heard of last."};
const Metric kAgentBacklog{"relaywatch_agent_backlog_results", MetricType::Gauge, "agent location",
                           "Results that wait in the agent's queue."};
const Metric kAgentClockOffset{"relaywatch_agent_clock_offset_seconds", MetricType::Gauge,
                               "agent location", "The agent's clock less the collector's."};
const Metric kAgentCertificateExpiry{"relaywatch_agent_certificate_expiry_timestamp_seconds",
                                     MetricType::Gauge, "agent location",
                                     "When the agent's own certificate expires."};
const Metric kAgentDropped{"relaywatch_agent_dropped_results_total", MetricType::Counter,
                           "agent location reason",
                           "Results the agent had to give up since it started."};
const Metric kAgentBacklogAge{"relaywatch_agent_backlog_age_seconds", MetricType::Gauge,
                              "agent location",
                              "How long the oldest result in the agent's queue has waited."};
const Metric kAgentSpoolBytes{"relaywatch_agent_spool_bytes", MetricType::Gauge, "agent location",
                              "Size of the agent's queue on its disk; 0 where it is in memory."};
const Metric kAgentSpoolFailed{
    "relaywatch_agent_spool_failed", MetricType::Gauge, "agent location",
    "1 where the agent cannot use its disk and keeps results in memory only, else 0."};
const Metric kAgentPlanRevision{"relaywatch_agent_plan_revision", MetricType::Gauge,
                                "agent location",
                                "Revision of the plan in force on the agent; 0: none."};
const Metric kAgentPlanRefusals{"relaywatch_agent_plan_refusals", MetricType::Gauge,
                                "agent location",
                                "Parts of the plan that the agent's local policy refuses."};
const Metric kAgentPolicyRefusedProbes{
    "relaywatch_agent_policy_refused_probes_total", MetricType::Counter, "agent location",
    "Probes that the agent's local policy stopped since the agent started."};
const Metric kAgentDuplicateIdentity{
    "relaywatch_agent_duplicate_identity_total", MetricType::Counter, "",
    "Streams taken over by another holder of the same agent identity."};
const Metric kIngestResults{"relaywatch_ingest_results_total", MetricType::Counter, "lane",
                            "Results committed to the store."};
const Metric kIngestDuplicates{"relaywatch_ingest_duplicates_total", MetricType::Counter, "lane",
                               "Results that were stored already and acknowledged again."};
const Metric kIngestGapResults{"relaywatch_ingest_gap_results_total", MetricType::Counter, "reason",
                               "Results that agents reported as lost."};
const Metric kIngestRewinds{"relaywatch_ingest_rewinds_total", MetricType::Counter, "lane",
                            "Batches that did not follow on what is durable."};
const Metric kIngestRejected{"relaywatch_ingest_rejected_total", MetricType::Counter, "reason",
                             "Messages that ended their stream because they made no sense."};
const Metric kStoreCommitDuration{"relaywatch_store_commit_duration_seconds", MetricType::Histogram,
                                  "", "Time one commit to the store took, disk included."};
const Metric kStoreWalBytes{"relaywatch_store_wal_bytes", MetricType::Gauge, "",
                            "Log of the store that is not yet folded into its file."};
const Metric kStoreResults{"relaywatch_store_results", MetricType::Gauge, "",
                           "Results in the store."};
const Metric kStoreBytes{"relaywatch_store_bytes", MetricType::Gauge, "",
                         "Size of the store's file, without its log."};
const Metric kStoreQueueBytes{"relaywatch_store_queue_bytes", MetricType::Gauge, "",
                              "Memory of messages that wait for the store."};
const Metric kStoreDamaged{"relaywatch_store_damaged", MetricType::Gauge, "",
                           "Damaged files of the store that were set aside and still lie there."};
const Metric kSeriesDropped{
    "relaywatch_metrics_series_dropped_total", MetricType::Counter, "",
    "Per-profile and per-agent series left out because there were too many."};
const Metric kReloadSuccessful{"relaywatch_config_last_reload_successful", MetricType::Gauge, "",
                               "Whether the configuration was accepted when it was last read."};
const Metric kReloadTimestamp{"relaywatch_config_last_reload_success_timestamp_seconds",
                              MetricType::Gauge, "", "When a configuration was last accepted."};
const Metric kBuildInfo{"relaywatch_build_info", MetricType::Gauge, "version",
                        "Always 1; the program's version is a label."};

}  // namespace metric

std::span<const Metric* const> Catalogue() {
  using namespace metric;
  static const Metric* const kAll[] = {&kProbes,
                                       &kAuthJudged,
                                       &kAuthMismatches,
                                       &kStageDuration,
                                       &kRelayState,
                                       &kPolicyChanges,
                                       &kPolicyLastChange,
                                       &kPolicyOpenChange,
                                       &kCertificateExpiry,
                                       &kAgents,
                                       &kAgentLastSeen,
                                       &kAgentBacklog,
                                       &kAgentClockOffset,
                                       &kAgentCertificateExpiry,
                                       &kAgentDropped,
                                       &kAgentBacklogAge,
                                       &kAgentSpoolBytes,
                                       &kAgentSpoolFailed,
                                       &kAgentPlanRevision,
                                       &kAgentPlanRefusals,
                                       &kAgentPolicyRefusedProbes,
                                       &kAgentDuplicateIdentity,
                                       &kIngestResults,
                                       &kIngestDuplicates,
                                       &kIngestGapResults,
                                       &kIngestRewinds,
                                       &kIngestRejected,
                                       &kStoreCommitDuration,
                                       &kStoreWalBytes,
                                       &kStoreResults,
                                       &kStoreBytes,
                                       &kStoreQueueBytes,
                                       &kStoreDamaged,
                                       &kSeriesDropped,
                                       &kReloadSuccessful,
                                       &kReloadTimestamp,
                                       &kBuildInfo};
  return kAll;
}

}  // namespace relaywatch::collector
