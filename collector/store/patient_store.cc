#include "collector/store/patient_store.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

namespace relaywatch::collector {
namespace {

const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// What trying again cannot change: the store answered.
bool IsAnswer(const absl::Status& status) { return status.ok() || absl::IsNotFound(status); }

}  // namespace

PatientStore::PatientStore(Store& store, Health& health, Pauses pauses)
    : store_(store), health_(health), pauses_(pauses) {}

void PatientStore::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_all();
}

bool PatientStore::ShouldRetry(const absl::Status& status, std::chrono::milliseconds& pause) {
  const std::string reason(status.message());
  if (health_.SetStoreTrouble(reason)) {
    spdlog::error("store: {}; nothing is acknowledged until it works again", reason);
  }
  std::unique_lock lock(mutex_);
  if (stopping_.wait_for(lock, pause, [&] { return stopped_; })) return false;
  pause = std::min(pause * 2, pauses_.longest);
  return true;
}

template <typename Call>
auto PatientStore::Persist(Call call) -> decltype(call()) {
  auto pause = pauses_.first;
  while (true) {
    auto result = call();
    if (IsAnswer(StatusOf(result))) {
      if (health_.SetStoreTrouble("")) spdlog::info("store: works again");
      return result;
    }
    if (!ShouldRetry(StatusOf(result), pause)) {
      return absl::CancelledError(StatusOf(result).message());
    }
  }
}

absl::Status PatientStore::Commit(const CommitSet& set) {
  return Persist([&] { return store_.Commit(set); });
}
absl::StatusOr<LastIds> PatientStore::ReadLastIds() {
  return Persist([&] { return store_.ReadLastIds(); });
}
absl::StatusOr<std::vector<AgentRow>> PatientStore::ReadAgents() {
  return Persist([&] { return store_.ReadAgents(); });
}
absl::StatusOr<std::vector<ProfileRow>> PatientStore::ReadProfiles() {
  return Persist([&] { return store_.ReadProfiles(); });
}
absl::StatusOr<std::vector<LatestState>> PatientStore::ReadLatest() {
  return Persist([&] { return store_.ReadLatest(); });
}
absl::StatusOr<PolicyState> PatientStore::ReadPolicy() {
  return Persist([&] { return store_.ReadPolicy(); });
}
absl::StatusOr<std::string> PatientStore::ReadMeta(std::string_view key) {
  return Persist([&] { return store_.ReadMeta(key); });
}
absl::StatusOr<std::optional<EpochRow>> PatientStore::FindEpoch(std::int64_t agent,
                                                                std::uint64_t epoch) {
  return Persist([&] { return store_.FindEpoch(agent, epoch); });
}
absl::StatusOr<std::optional<std::int64_t>> PatientStore::FindSeries(const SeriesKey& key) {
  return Persist([&] { return store_.FindSeries(key); });
}
absl::StatusOr<std::optional<std::int64_t>> PatientStore::FindOutcome(std::string_view digest) {
  return Persist([&] { return store_.FindOutcome(digest); });
}
absl::StatusOr<std::string> PatientStore::ReadFacts(std::int64_t outcome) {
  return Persist([&] { return store_.ReadFacts(outcome); });
}
absl::Status PatientStore::ForEachOutcome(std::int64_t after, std::int64_t limit,
                                          const OutcomeVisitor& visit) {
  // A half visit cannot be taken back: the caller decides.
  return store_.ForEachOutcome(after, limit, visit);
}
absl::StatusOr<std::vector<JudgementRow>> PatientStore::ReadJudgements(std::int64_t first,
                                                                       std::int64_t last) {
  return Persist([&] { return store_.ReadJudgements(first, last); });
}

}  // namespace relaywatch::collector
