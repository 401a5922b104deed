#include "tests/unit/collector/flaky_store.h"

#include <chrono>

namespace relaywatch::collector::testing {

void FlakyStore::Fail(absl::Status status) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(status);
  failures_ = 0;
}

void FlakyStore::WaitForFailures(int count) {
  std::unique_lock lock(mutex_);
  failed_.wait_for(lock, std::chrono::seconds(10), [&] { return failures_ >= count; });
}

absl::Status FlakyStore::Commit(const CommitSet& set) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) {
      ++failures_;
      failed_.notify_all();
      return failure_;
    }
  }
  return store_->Commit(set);
}

}  // namespace relaywatch::collector::testing
