// A real store whose commits fail as long as the test wants: a full disk, an I/O error.
// Fail and Attempts are thread-safe; the rest is confined as any store.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "collector/store/store.h"

namespace relaywatch::collector::testing {

class FlakyStore final : public Store {
 public:
  explicit FlakyStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  // Every commit from now on; OK heals it.
  void Fail(absl::Status status);
  // Until so many commits have failed since the last Fail.
  void WaitForFailures(int count);

  absl::Status Commit(const CommitSet& set) override;
  absl::StatusOr<LastIds> ReadLastIds() override { return store_->ReadLastIds(); }
  absl::StatusOr<std::vector<AgentRow>> ReadAgents() override { return store_->ReadAgents(); }
  absl::StatusOr<std::vector<ProfileRow>> ReadProfiles() override { return store_->ReadProfiles(); }
  absl::StatusOr<std::vector<LatestState>> ReadLatest() override { return store_->ReadLatest(); }
  absl::StatusOr<PolicyState> ReadPolicy() override { return store_->ReadPolicy(); }
  absl::StatusOr<std::string> ReadMeta(std::string_view key) override {
    return store_->ReadMeta(key);
  }
  absl::StatusOr<std::optional<EpochRow>> FindEpoch(std::int64_t agent,
                                                    std::uint64_t epoch) override {
    return store_->FindEpoch(agent, epoch);
  }
  absl::StatusOr<std::optional<std::int64_t>> FindSeries(const SeriesKey& key) override {
    return store_->FindSeries(key);
  }
  absl::StatusOr<std::optional<std::int64_t>> FindOutcome(std::string_view digest) override {
    return store_->FindOutcome(digest);
  }
  absl::StatusOr<std::string> ReadFacts(std::int64_t outcome) override {
    return store_->ReadFacts(outcome);
  }
  absl::Status ForEachOutcome(std::int64_t after, std::int64_t limit,
                              const OutcomeVisitor& visit) override {
    return store_->ForEachOutcome(after, limit, visit);
  }
  absl::StatusOr<std::vector<JudgementRow>> ReadJudgements(std::int64_t first,
                                                           std::int64_t last) override {
    return store_->ReadJudgements(first, last);
  }
  absl::StatusOr<bool> Maintain(std::int64_t now_ms) override { return store_->Maintain(now_ms); }
  StoreStats Stats() const override { return store_->Stats(); }

 private:
  std::unique_ptr<Store> store_;
  std::mutex mutex_;
  std::condition_variable failed_;
  absl::Status failure_;
  int failures_ = 0;
};

}  // namespace relaywatch::collector::testing
