#include "collector/serve/fleet_collector.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "collector/serve/catalogue.h"
#include "collector/store/gap_reason.h"

namespace relaywatch::collector {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using LabelList = std::vector<ClientMetric::Label>;

MetricFamily FamilyOf(const Metric& metric) {
  return {std::string(metric.name), std::string(metric.help), metric.type, {}};
}

void Add(MetricFamily& family, LabelList labels, double value) {
  ClientMetric sample;
  sample.label = std::move(labels);
  if (family.type == prometheus::MetricType::Counter) {
    sample.counter.value = value;
  } else {
    sample.gauge.value = value;
  }
  family.metric.push_back(std::move(sample));
}

// Every state of a location where there is an agent, so that "none lost" is a 0 and no hole.
MetricFamily CountAgents(const std::vector<AgentView>& agents, std::int64_t now_ms) {
  std::map<std::string, std::map<std::string_view, int>> counts;
  for (const AgentView& agent : agents) {
    auto& states = counts[agent.location];
    for (const AgentState state : kAgentStates) states.emplace(StateLabel(state), 0);
    ++states[StateLabel(agent.StateAt(now_ms))];
  }
  MetricFamily family = FamilyOf(metric::kAgents);
  for (const auto& [location, states] : counts) {
    for (const auto& [state, count] : states) {
      Add(family, {{"location", location}, {"state", std::string(state)}}, count);
    }
  }
  return family;
}

void AddDrops(MetricFamily& family, const AgentView& agent, const LabelList& labels) {
  std::map<std::string_view, double> drops;
  for (int i = 1; i < v1::GapReason_ARRAYSIZE; ++i) drops[Label(static_cast<v1::GapReason>(i))];
  for (const v1::DropCount& drop : agent.status.drops()) {
    drops[Label(drop.reason())] += static_cast<double>(drop.results());
  }
  for (const auto& [reason, count] : drops) {
    LabelList with = labels;
    with.push_back({"reason", std::string(reason)});
    Add(family, std::move(with), count);
  }
}

double BacklogAge(const AgentView& agent) {
  const v1::AgentStatus& status = agent.status;
  if (status.oldest_wall_ms() == 0) return 0;
  return std::max(0.0, static_cast<double>(status.wall_ms() - status.oldest_wall_ms()) / 1000);
}

// One number each out of what an agent says about itself.
struct Reported {
  const Metric* metric;
  double (*value)(const AgentView& agent);
};
constexpr Reported kReported[] = {
    {&metric::kAgentBacklog,
     [](const AgentView& agent) { return static_cast<double>(agent.status.queued_results()); }},
    {&metric::kAgentBacklogAge, BacklogAge},
    {&metric::kAgentClockOffset,
     [](const AgentView& agent) { return static_cast<double>(agent.clock_offset_ms) / 1000; }},
    {&metric::kAgentCertificateExpiry,
     [](const AgentView& agent) {
       return static_cast<double>(agent.status.certificate_not_after());
     }},
    {&metric::kAgentSpoolBytes,
     [](const AgentView& agent) { return static_cast<double>(agent.status.spool_bytes()); }},
    {&metric::kAgentSpoolFailed,
     [](const AgentView& agent) { return agent.status.spool_error().empty() ? 0.0 : 1.0; }},
    {&metric::kAgentPlanRevision,
     [](const AgentView& agent) { return static_cast<double>(agent.status.plan_revision()); }},
    {&metric::kAgentPlanRefusals,
     [](const AgentView& agent) { return static_cast<double>(agent.status.plan_refusals()); }},
    {&metric::kAgentPolicyRefusedProbes,
     [](const AgentView& agent) {
       return static_cast<double>(agent.status.policy_refused_probes());
     }},
};

}  // namespace

std::vector<MetricFamily> FleetCollector::Collect() const {
  const std::int64_t now_ms = clock_.Now().wall_ms;
  const std::vector<AgentView> agents = fleet_.Snapshot();
  std::vector<MetricFamily> families{CountAgents(agents, now_ms), FamilyOf(metric::kAgentLastSeen),
                                     FamilyOf(metric::kAgentDropped)};
  for (const Reported& reported : kReported) families.push_back(FamilyOf(*reported.metric));
  if (agents.size() > kMaxDetailed) return families;
  for (const AgentView& agent : agents) {
    const LabelList labels{{"agent", agent.name}, {"location", agent.location}};
    Add(families[1], labels, static_cast<double>(agent.last_seen_ms) / 1000);
    if (!agent.reported) continue;
    AddDrops(families[2], agent, labels);
    auto family = families.begin() + 3;
    for (const Reported& reported : kReported) Add(*family++, labels, reported.value(agent));
  }
  return families;
}

}  // namespace relaywatch::collector
