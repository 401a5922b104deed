// The writer's side of one agent's stream: checks each message, resolves the stream's dictionary,
// applies the rule of sequence.h and adds to the group. What it has to say to the agent waits until
// the group is durable.
//
// Times: with the boot id of its Hello the agent's boot clock is tied to ours, and so to our wall
// clock as it is when a result comes in: its time does not depend on the agent's clock, nor on what
// ours said before it was put right. Results of an earlier boot keep the agent's wall time.
// Confined to the writer's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "collector/fleet/fleet.h"
#include "collector/ingest/agent_book.h"
#include "collector/ingest/agent_link.h"
#include "collector/ingest/group.h"
#include "collector/ingest/sequence.h"
#include "collector/serve/daemon_metrics.h"
#include "collector/serve/live_metrics.h"
#include "collector/watch/change_watch.h"
#include "common/clock.h"

namespace relaywatch::collector {

// What all sessions share; everything outlives them.
struct SessionContext {
  Dictionary& dictionary;
  AgentBook& book;
  Fleet& fleet;
  LiveMetrics& live;
  ChangeWatch& watch;
  IngestMetrics& metrics;
  const Clock& clock;
  std::shared_ptr<const v1::Plan> plan;  // replaced at a reload
};

class Session {
 public:
  Session(std::shared_ptr<AgentLink> link, SessionContext& context);
  ~Session();
  Session(const Session&) = delete;

  // InvalidArgument: the peer's message makes no sense (counted, nothing of it was added);
  // Cancelled: the store gave up because the daemon stops.
  absl::Status Apply(const v1::AgentMessage& message, Group& group);
  // ResourceExhausted, counted: a message so long that it was not opened.
  absl::Status RefuseLength(std::size_t bytes);

  // The group is durable: says what there is to say.
  void Speak(std::uint32_t credit);
  // The client profiles have changed: outcomes of the dictionary are judged anew.
  void Rejudge();

  bool greeted() const { return greeted_; }
  // Its row with what is known now, for the store.
  const AgentRow& row() const { return page_.row; }

 private:
  using Outcome = std::shared_ptr<const JudgedOutcome>;
  struct Resolved {
    std::shared_ptr<PathState>* path = nullptr;
    const Outcome* outcome = nullptr;
  };

  absl::Status Greet(const v1::Hello& hello, Group& group);
  void Enter(const v1::Hello& hello, std::int64_t now_ms);
  void ReportDuplicate(const AgentLink& replaced, std::int64_t now_ms);
  absl::Status Adopt(const v1::EpochState& epoch, Group& group, v1::Welcome& welcome);
  absl::Status Store(const v1::Batch& batch, Group& group);
  absl::Status Report(const v1::AgentStatus& status);
  absl::Status Note(const v1::PlanReport& report);

  absl::Status Learn(const v1::Batch& batch, Group& group);
  absl::Status Resolve(const v1::Batch& batch);
  void Append(const v1::Batch& batch, EpochProgress& epoch, std::uint64_t from, Group& group);
  void TallyLive(const Resolved& resolved, const ResultRow& row, Group& group);
  void Watch(const Resolved& resolved, const ResultRow& row, std::int64_t now_ms, Group& group);
  void AddGap(const v1::Gap& gap, std::uint64_t from, EpochProgress& epoch, Group& group);
  void Advance(EpochProgress& epoch, std::uint64_t last, std::uint64_t stamp, Group& group);
  void Acknowledge(const EpochProgress& epoch, Group& group);
  void AskAgain(const EpochProgress& epoch, std::uint64_t first, Group& group);
  void Say(v1::CollectorMessage message, Group& group);
  absl::StatusOr<EpochProgress*> Progress(std::uint64_t epoch);
  absl::Status Reject(std::string_view reason, std::string message);

  std::shared_ptr<AgentLink> link_;
  SessionContext& context_;
  AgentPage& page_;
  bool greeted_ = false;
  std::uint64_t boot_id_ = 0;
  std::int64_t boot_lead_ms_ = 0;  // of our boot clock before the agent's
  absl::flat_hash_map<std::uint32_t, std::shared_ptr<PathState>> paths_;
  absl::flat_hash_map<std::uint32_t, Outcome> outcomes_;
  absl::flat_hash_map<std::uint64_t, std::uint64_t> rewound_;  // epoch -> number asked for last
  std::vector<Resolved> resolved_;                             // of the batch in hand
  std::vector<v1::CollectorMessage> unsaid_;
};

}  // namespace relaywatch::collector
