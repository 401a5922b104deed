// Who the agents are and how they are: connected or not, last heard of, what they said about
// themselves, and the stream to reach them by. Known agents come from the store at the start.
// Thread-safe: the writer tells it, scrapes and pages read snapshots.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "collector/ingest/agent_link.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector {

enum class AgentState { kConnected, kStale, kLost, kRevoked };
inline constexpr AgentState kAgentStates[] = {AgentState::kConnected, AgentState::kStale,
                                              AgentState::kLost, AgentState::kRevoked};
std::string_view StateLabel(AgentState state);

// Silence that makes an agent stale (four times the interval of its status), and lost.
inline constexpr std::int64_t kStaleAfterMs = 60'000;
inline constexpr std::int64_t kLostAfterMs = 300'000;
// Silence after which an agent's share of a server's limits is the others'.
inline constexpr std::int64_t kGoneAfterMs = 86'400'000;

// What a revoked agent is told, whenever it asks for something.
absl::Status RevokedError(const std::string& agent);

struct AgentView {
  std::string name;
  std::string host_name;  // as it calls itself
  std::string version;
  std::string location = "unknown";  // where it said it is, or was
  std::int64_t last_seen_ms = 0;     // by our clock
  bool reported = false;             // `status` holds something
  v1::AgentStatus status;
  std::int64_t clock_offset_ms = 0;  // its clock less ours
  std::uint64_t plan_revision = 0;   // that it last reported on
  std::vector<v1::PlanRefusal> refusals;
  bool connected = false;
  bool revoked = false;

  AgentState StateAt(std::int64_t now_ms) const;
};

class Fleet {
 public:
  // An agent of an earlier life of the collector.
  void Remember(const std::string& name, std::int64_t last_seen_ms, const std::string& location);

  // An agent that is known but from nowhere else yet: it counts as seen when it enrolled.
  void Enrolled(const std::string& name, std::int64_t enrolled_ms, const std::string& location);

  // The stream becomes the agent's one; returns the one that it replaces, if any.
  std::shared_ptr<AgentLink> Connect(const std::shared_ptr<AgentLink>& link, std::int64_t now_ms);
  // False where another stream has taken its place already. No sign of life: the end of a stream
  // that was cut off is noticed long after the last word.
  bool Disconnect(const AgentLink& link);

  // What follows is about agents that have connected; others are not heard.
  void Heard(const std::string& agent, std::int64_t now_ms);
  void Offset(const std::string& agent, std::int64_t clock_offset_ms);
  void Report(const std::string& agent, const v1::AgentStatus& status, std::int64_t now_ms);
  void Introduce(const std::string& agent, const v1::Hello& hello);

  // Ends its stream, if it has one, and cuts the connection of one that was told so before; true
  // where there was one.
  bool Revoke(const std::string& agent);

  // What became of its plan. The refusals that were not in its report before.
  std::vector<v1::PlanRefusal> ReportPlan(const std::string& agent, const v1::PlanReport& report);

  // To one agent, if it is connected.
  void Send(const std::string& agent, const v1::CollectorMessage& message);
  // To every agent that is connected.
  void Broadcast(const v1::CollectorMessage& message);
  std::size_t connected() const;
  bool Knows(const std::string& agent) const;
  // Agents that are in the list, in whatever state.
  std::size_t known() const;
  // Agents that are connected, or were within a day: who may come back at any moment.
  std::size_t Active(std::int64_t now_ms) const;
  std::vector<AgentView> Snapshot() const;

 private:
  struct Entry {
    AgentView view;
    std::shared_ptr<AgentLink> link;
    bool told_off = false;  // the link was ended because the agent is revoked
  };
  AgentView* Find(const std::string& agent);  // null: not known

  mutable std::mutex mutex_;
  std::map<std::string, Entry> agents_;
  std::size_t connected_ = 0;
};

}  // namespace relaywatch::collector
