// Commits on a thread of its own: an fsync may take long, and a probe that waits for it on the
// agent's thread would take the disk's time for the server's.
//
// One set at a time. Used from the agent's thread alone; `done` is called there.
#pragma once

#include <asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "agent/spool/spool_file.h"

namespace relaywatch::agent {

// What became of a set, and how the file stands.
struct WriteReport {
  absl::Status status;
  FileUsage usage;
  std::vector<Stamp> oldest;  // a few, in order
};

class SpoolWriter {
 public:
  using Done = std::function<void(const WriteReport&)>;

  SpoolWriter(asio::io_context& io, Done done);
  // Waits for the set in hand; `done` is not called any more.
  ~SpoolWriter();
  SpoolWriter(const SpoolWriter&) = delete;

  // Only while not Busy. A set of nullopt only looks at the file.
  void Write(std::shared_ptr<SpoolFile> file, std::optional<WriteSet> set);
  bool Busy() const { return busy_; }
  // Waits for the set in hand and calls `done` for it at once.
  void Finish();

 private:
  struct Job {
    std::shared_ptr<SpoolFile> file;
    std::optional<WriteSet> set;
  };

  void Run();
  static WriteReport Do(const Job& job);
  void Deliver();

  asio::io_context& io_;
  const Done done_;
  bool busy_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // what is posted looks at it
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Job> job_;
  std::optional<WriteReport> report_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace relaywatch::agent
