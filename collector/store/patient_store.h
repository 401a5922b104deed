// A store that waits for better times: every call is tried again, with growing pauses, until it
// succeeds or the daemon stops. So the writer never drops what it has, nothing is acknowledged
// meanwhile, and the trouble is told by Health (and so by /-/ready) and one log line at each turn.
// Calls fail with Cancelled after Stop alone. Confined to the writer's thread; Stop is thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "collector/serve/health.h"
#include "collector/store/store.h"

namespace relaywatch::collector {

class PatientStore final : public Store {
 public:
  struct Pauses {
    std::chrono::milliseconds first{100};
    std::chrono::milliseconds longest{5000};
  };

  // Both must outlive it.
  PatientStore(Store& store, Health& health, Pauses pauses);
  PatientStore(Store& store, Health& health) : PatientStore(store, health, Pauses{}) {}

  // What waits gives up, and later calls are tried once.
  void Stop();

  absl::Status Commit(const CommitSet& set) override;
  absl::StatusOr<LastIds> ReadLastIds() override;
  absl::StatusOr<std::vector<AgentRow>> ReadAgents() override;
  absl::StatusOr<std::vector<ProfileRow>> ReadProfiles() override;
  absl::StatusOr<std::vector<LatestState>> ReadLatest() override;
  absl::StatusOr<PolicyState> ReadPolicy() override;
  absl::StatusOr<std::string> ReadMeta(std::string_view key) override;
  absl::StatusOr<std::optional<EpochRow>> FindEpoch(std::int64_t agent,
                                                    std::uint64_t epoch) override;
  absl::StatusOr<std::optional<std::int64_t>> FindSeries(const SeriesKey& key) override;
  absl::StatusOr<std::optional<std::int64_t>> FindOutcome(std::string_view digest) override;
  absl::StatusOr<std::string> ReadFacts(std::int64_t outcome) override;
  absl::Status ForEachOutcome(std::int64_t after, std::int64_t limit,
                              const OutcomeVisitor& visit) override;
  absl::StatusOr<std::vector<JudgementRow>> ReadJudgements(std::int64_t first,
                                                           std::int64_t last) override;
  // Tried once: nobody waits for it.
  absl::StatusOr<bool> Maintain(std::int64_t now_ms) override { return store_.Maintain(now_ms); }
  StoreStats Stats() const override { return store_.Stats(); }

 private:
  // True when the call is to be tried again.
  bool ShouldRetry(const absl::Status& status, std::chrono::milliseconds& pause);
  template <typename Call>
  auto Persist(Call call) -> decltype(call());

  Store& store_;
  Health& health_;
  const Pauses pauses_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stopped_ = false;
};

}  // namespace relaywatch::collector
