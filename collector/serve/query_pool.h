// The threads that read the store for those who ask: few, each with a connection of its own, so
// that questions wait for each other and nothing else waits for them. A question that finds the
// queue full is refused at once. Threads "query": `threads` of them. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/query/inquiry.h"

namespace relaywatch::collector {

class QueryPool {
 public:
  using Job = std::function<void(Desk&)>;

  struct Limits {
    std::size_t threads = 2;
    std::size_t waiting = 32;
  };

  // Opens the connections. Any status of Reader::Open.
  static absl::StatusOr<std::unique_ptr<QueryPool>> Start(const std::string& data_directory,
                                                          Limits limits);
  // Runs what still waits: whoever asks is gone by then, so that this is quick.
  ~QueryPool();

  // ResourceExhausted where too many wait.
  absl::Status Submit(Job job);
  // The next step of something that was let in before: never refused, but behind all others.
  void Continue(Job job);

 private:
  explicit QueryPool(Limits limits) : limits_(limits) {}
  void Run(Desk& desk);

  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool is_stopping_ = false;
  std::vector<std::unique_ptr<Desk>> desks_;
  std::vector<std::thread> threads_;
};

}  // namespace relaywatch::collector
