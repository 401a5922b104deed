// The one thread that writes: takes what all streams have sent, lets their sessions turn it into
// one group, commits it, and only then acknowledges and shows it. While one commit waits for the
// disk the next group gathers, so the busier the fleet, the larger the groups. Between two commits
// the store's maintenance gets its time.
//
// Trouble with the store stops it where it is (patient_store.h) and with it, by credit, the
// streams. Stop finishes what has arrived. Thread "writer"; the public methods are thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "collector/fleet/fleet.h"
#include "collector/fleet/fleet_limits.h"
#include "collector/ingest/agent_book.h"
#include "collector/ingest/dictionary.h"
#include "collector/ingest/group.h"
#include "collector/ingest/ingest_queue.h"
#include "collector/ingest/rejudge.h"
#include "collector/ingest/session.h"
#include "collector/serve/daemon_metrics.h"
#include "collector/serve/live_metrics.h"
#include "collector/serve/matrix.h"
#include "collector/serve/policy_metrics.h"
#include "collector/store/patient_store.h"
#include "collector/watch/change_watch.h"
#include "common/clock.h"

namespace relaywatch::collector {

// The writer's neighbours; everything outlives it.
struct WriterDeps {
  IngestQueue& queue;
  PatientStore& store;
  Fleet& fleet;
  LiveMetrics& live;
  PolicyMetrics& policy_metrics;
  Matrix& matrix;
  IngestMetrics& ingest_metrics;
  StoreMetrics& store_metrics;
  const Clock& clock;
};

class Writer {
 public:
  explicit Writer(const WriterDeps& deps);
  ~Writer();

  // Reads what the store knows and installs the plan; then the thread runs. The plan gets its
  // revision here. Any status of the store.
  // `limits` stretch its intervals by the number of agents, whenever that changes.
  absl::Status Start(v1::Plan plan, const std::vector<judge::ClientProfile>& profiles,
                     FleetLimits limits = {});

  // A new plan and new profiles, pushed to every agent; returns when they are in force. Unavailable
  // where the writer could not get to it within ten seconds.
  absl::Status Reload(v1::Plan plan, std::vector<judge::ClientProfile> profiles,
                      FleetLimits limits = {});

  // What a change of rules brought shall be so from now on; durable when it returns OK. As
  // ChangeWatch::Accept, and Unavailable as for Reload.
  absl::Status AcceptChange(std::uint64_t id);

  // Judges all of history again by the profiles in force; returns when it is done. In steps, with
  // whatever else there is to write between them. Unavailable after ten minutes, or where the
  // writer stops.
  absl::StatusOr<RejudgeReport> JudgeAgain();

  // Finishes what has arrived (unless the store is in trouble) and ends the thread.
  void Stop();

 private:
  absl::Status Ask(std::function<absl::Status()> task);
  absl::Status Install(v1::Plan plan, const std::vector<judge::ClientProfile>& profiles);
  struct JudgingAgain;
  void JudgeMore(const std::shared_ptr<JudgingAgain>& request);
  absl::Status Replace(v1::Plan plan, const std::vector<judge::ClientProfile>& profiles,
                       FleetLimits limits);
  absl::StatusOr<v1::Plan> PlanForFleet() const;
  absl::Status Accept(std::uint64_t id);
  void FollowFleet();
  void FollowClock();
  void WatchForChanges();
  void Push();
  absl::Status Restore();
  void Run();
  void Handle(IngestItem& item);
  void Retire(const IngestItem& item);
  absl::Status Settle();
  void Show();
  void CountLane(v1::Lane lane, const LaneCounts& counts);
  absl::Status RememberLatest();
  void Maintain(std::chrono::steady_clock::time_point next_commit);
  std::uint32_t Credit() const;

  WriterDeps deps_;
  std::unique_ptr<Dictionary> dictionary_;
  std::unique_ptr<AgentBook> book_;
  std::unique_ptr<ChangeWatch> watch_;
  std::unique_ptr<SessionContext> context_;
  // Null: refused, and waiting for the end of its stream.
  absl::flat_hash_map<AgentLink*, std::unique_ptr<Session>> sessions_;
  Group group_;
  std::map<std::int64_t, LatestRow> latest_;  // by series, not yet in the store
  std::chrono::steady_clock::time_point remember_at_;
  std::chrono::steady_clock::time_point tick_at_;
  std::int64_t remembered_results_ = 0;  // in the store when the latest were remembered
  bool maintain_more_ = false;           // the store has more to do at once
  bool maintenance_fails_ = false;
  std::chrono::steady_clock::time_point maintained_at_;
  v1::Plan plan_;  // as configured, before the limits
  FleetLimits limits_;
  PlannedFleet planned_fleet_;
  std::int64_t present_ms_ = 0;   // the latest that the clock has told
  std::size_t known_agents_ = 0;  // when the fleet was counted last
  bool halted_ = false;           // the store gave up: nothing more is written
  std::thread thread_;
};

}  // namespace relaywatch::collector
