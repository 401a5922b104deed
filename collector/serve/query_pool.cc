#include "collector/serve/query_pool.h"

#include <fmt/format.h>
#include <pthread.h>

#include <utility>

namespace relaywatch::collector {

absl::StatusOr<std::unique_ptr<QueryPool>> QueryPool::Start(const std::string& data_directory,
                                                            Limits limits) {
  std::unique_ptr<QueryPool> pool(new QueryPool(limits));
  for (std::size_t i = 0; i < limits.threads; ++i) {
    auto reader = Reader::Open(data_directory);
    if (!reader.ok()) return reader.status();
    pool->desks_.push_back(std::make_unique<Desk>());
    pool->desks_.back()->reader = *std::move(reader);
  }
  for (auto& desk : pool->desks_) {
    pool->threads_.emplace_back([&pool = *pool, &desk = *desk] { pool.Run(desk); });
    pthread_setname_np(pool->threads_.back().native_handle(), "query");
  }
  return pool;
}

QueryPool::~QueryPool() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

absl::Status QueryPool::Submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= limits_.waiting) {
      return absl::ResourceExhaustedError(
          fmt::format("{} questions are waiting already: ask again in a moment", limits_.waiting));
    }
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return absl::OkStatus();
}

void QueryPool::Continue(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void QueryPool::Run(Desk& desk) {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job(desk);
    lock.lock();
  }
}

}  // namespace relaywatch::collector
