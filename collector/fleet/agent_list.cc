#include "collector/fleet/agent_list.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace relaywatch::collector {
namespace {

v1::AgentInfo InfoOf(const AgentRecord& record, const AgentView& view, std::int64_t now_ms) {
  v1::AgentInfo info;
  info.set_agent(view.name);
  info.set_host_name(view.host_name.empty() ? record.host_name : view.host_name);
  info.set_version(view.version.empty() ? record.version : view.version);
  info.set_location(view.location);
  info.set_state(std::string(StateLabel(view.StateAt(now_ms))));
  if (view.last_seen_ms != 0) *info.mutable_last_seen() = TimestampOf(view.last_seen_ms);
  // What the agent shows counts: an outside PKI's is not in the registry.
  const std::int64_t not_after = view.status.certificate_not_after() != 0
                                     ? view.status.certificate_not_after()
                                     : record.not_after;
  if (not_after != 0) info.mutable_certificate_not_after()->set_seconds(not_after);
  if (record.revoked_ms != 0) *info.mutable_revoked_at() = TimestampOf(record.revoked_ms);
  info.set_clock_offset_ms(view.clock_offset_ms);
  info.set_plan_revision(view.reported ? view.status.plan_revision() : view.plan_revision);
  for (const v1::PlanRefusal& refusal : view.refusals) *info.add_refusals() = refusal;
  if (view.reported) *info.mutable_status() = view.status;
  return info;
}

bool Wanted(const v1::AgentInfo& info, const v1::ListAgentsRequest& request) {
  const auto among = [](const auto& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return (request.agents().empty() || among(request.agents(), info.agent()) ||
          among(request.agents(), info.host_name())) &&
         (request.locations().empty() || among(request.locations(), info.location()));
}

}  // namespace

google::protobuf::Timestamp TimestampOf(std::int64_t wall_ms) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(wall_ms / 1000);
  timestamp.set_nanos(static_cast<int>(wall_ms % 1000) * 1'000'000);
  return timestamp;
}

v1::ListAgentsResponse ListOf(const std::vector<AgentRecord>& records,
                              const std::vector<AgentView>& views,
                              const v1::ListAgentsRequest& request, std::int64_t now_ms) {
  std::map<std::string, AgentRecord> by_name;
  for (const AgentRecord& record : records) by_name[record.name] = record;
  std::vector<v1::AgentInfo> infos;
  // Every agent of the registry is in the fleet (keeper.h, enrollment.cc).
  for (const AgentView& view : views) {
    v1::AgentInfo info = InfoOf(by_name[view.name], view, now_ms);
    if (Wanted(info, request)) infos.push_back(std::move(info));
  }
  std::sort(infos.begin(), infos.end(), [](const v1::AgentInfo& a, const v1::AgentInfo& b) {
    return std::tie(a.location(), a.agent()) < std::tie(b.location(), b.agent());
  });
  v1::ListAgentsResponse response;
  for (v1::AgentInfo& info : infos) *response.add_agents() = std::move(info);
  return response;
}

}  // namespace relaywatch::collector
