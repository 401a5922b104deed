#include "collector/ingest/ingest_queue.h"

#include <algorithm>
#include <utility>

namespace relaywatch::collector {

void IngestQueue::Push(IngestItem item) {
  bool worth_waking = false;
  {
    const std::lock_guard lock(mutex_);
    const bool was_little = bytes_ < kWorthACommit;
    bytes_ += item.bytes;
    items_.push_back(std::move(item));
    worth_waking = items_.size() == 1 || (was_little && bytes_ >= kWorthACommit);
  }
  if (worth_waking) filled_.notify_one();
}

void IngestQueue::Post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  filled_.notify_one();
}

IngestQueue::Taken IngestQueue::Take(std::size_t max_bytes,
                                     std::chrono::steady_clock::time_point deadline,
                                     std::chrono::steady_clock::time_point not_before) {
  Taken taken;
  std::unique_lock lock(mutex_);
  filled_.wait_until(lock, deadline,
                     [&] { return stopped_ || !items_.empty() || !tasks_.empty(); });
  filled_.wait_until(lock, std::min(not_before, deadline),
                     [&] { return stopped_ || bytes_ >= kWorthACommit || !tasks_.empty(); });
  taken.tasks = std::exchange(tasks_, {});
  std::size_t bytes = 0;
  while (!items_.empty() && bytes < max_bytes) {
    bytes += items_.front().bytes;
    taken.items.push_back(std::move(items_.front()));
    items_.pop_front();
  }
  bytes_ -= bytes;
  taken.stopped = stopped_ && items_.empty();
  return taken;
}

void IngestQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  filled_.notify_all();
}

std::size_t IngestQueue::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace relaywatch::collector
