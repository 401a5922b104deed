// Change detection at work (collector/detect): every live result goes in, in the order of arrival,
// and what the detector makes of it becomes rows of the same commit as the result; once that is
// durable, orders to probe again and metrics. Told once for good: after a restart the detector goes
// on with the rules in force, and what was only probable is cancelled, since the answers that would
// confirm it are forgotten; where it was true they come again, under a new number.
//
// A clock that is put back is a restart to it.
//
// Not kept over a restart: how often a key flapped (damping), and which incident a change could
// still join. Confined to the writer's thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "collector/detect/damping.h"
#include "collector/detect/detector.h"
#include "collector/detect/grouping.h"
#include "collector/serve/policy_metrics.h"
#include "collector/store/store.h"
#include "collector/watch/open_changes.h"
#include "relaywatch/v1/plan.pb.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector {

class ChangeWatch {
 public:
  // An agent that makes up endpoints must not use up our memory.
  static constexpr std::size_t kMaxKeys = 50'000;

  // `agent`: as in Observation.
  using OrderSink = std::function<void(std::uint32_t agent, const v1::ProbeNow& order)>;

  // `last`: the highest numbers already given out. The metrics outlive it.
  ChangeWatch(LastIds last, PolicyMetrics& metrics);

  // How often each endpoint is probed from now on, and which keys have metrics.
  void Use(std::shared_ptr<const v1::Plan> plan);
  // Once, after Use; adds what a restart decides to the commit.
  void Restore(const PolicyState& state, std::int64_t now_ms, CommitSet& set);

  // The key of a series; nullopt above kMaxKeys.
  std::optional<detect::KeyId> Key(const SeriesKey& series);

  void Observe(const detect::Observation& observation, CommitSet& set) {
    detector_.Observe(observation, actions_);
    if (!actions_.empty()) Act(set);
  }
  // The clock was put back: what is kept of times to come would hide what comes until then.
  void GoBack(std::int64_t now_ms, CommitSet& set);
  // About once a minute.
  void Tick(std::int64_t now_ms, CommitSet& set);

  // An operator says that what a change brought shall be so. NotFound; FailedPrecondition where it
  // is not open: never confirmed, gone back, or accepted before.
  absl::Status Accept(std::uint64_t id, std::int64_t now_ms, CommitSet& set);

  // The commit went through: shows what it wrote, counts, and gives the orders.
  void Settle(const CommitSet& set, const OrderSink& send);

 private:
  struct KeyState {
    PolicyMetrics::Key* metrics = nullptr;                 // null: over the bound on series
    std::array<std::int64_t, detect::kTrackCount> rule{};  // the row in force; 0: none
  };
  struct Counted {
    detect::KeyId key = 0;
    detect::KindMask kinds = 0;
    std::int64_t since_ms = 0;
  };
  struct Ordered {
    std::uint32_t agent = 0;
    v1::ProbeNow order;
  };

  detect::KeyId Enter(const detect::KeyName& name);
  std::int64_t IntervalOf(const std::string& endpoint) const;
  void RestoreRule(const RuleRow& row, std::int64_t now_ms, CommitSet& set);
  void RestoreChange(const ChangeRow& row, std::int64_t now_ms, CommitSet& set);

  void TellQuiet(const std::vector<detect::KeyId>& keys, std::int64_t now_ms, CommitSet& set);
  void Act(CommitSet& set);
  void Take(const detect::ProbeOrder& order);
  void Take(const detect::HistoryRow& history, CommitSet& set);
  void Take(const detect::ChangeEvent& event, CommitSet& set);
  void Confirm(const detect::ChangeEvent& event, ChangeRow& row, CommitSet& set);

  LastIds last_;
  PolicyMetrics& metrics_;
  std::shared_ptr<const v1::Plan> plan_;
  detect::Detector detector_;
  detect::Grouping grouping_;
  detect::Damping damping_;
  OpenChanges open_;
  std::vector<KeyState> keys_;  // by KeyId
  std::vector<detect::Action> actions_;
  std::vector<Counted> counted_;  // not yet durable
  std::vector<Ordered> ordered_;
};

}  // namespace relaywatch::collector
