#include "agent/spool/spool_writer.h"

#include <pthread.h>

#include <asio/post.hpp>
#include <utility>

namespace relaywatch::agent {
namespace {

// As many of the oldest as one commit gives up for their age.
constexpr std::size_t kOldest = 500;

}  // namespace

SpoolWriter::SpoolWriter(asio::io_context& io, Done done)
    : io_(io), done_(std::move(done)), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "spool");
}

SpoolWriter::~SpoolWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SpoolWriter::Write(std::shared_ptr<SpoolFile> file, std::optional<WriteSet> set) {
  busy_ = true;
  {
    const std::lock_guard lock(mutex_);
    job_ = Job{std::move(file), std::move(set)};
  }
  changed_.notify_all();
}

void SpoolWriter::Finish() {
  if (!busy_) return;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return report_.has_value(); });
  }
  Deliver();
}

void SpoolWriter::Deliver() {
  std::optional<WriteReport> report;
  {
    const std::lock_guard lock(mutex_);
    report = std::exchange(report_, std::nullopt);
  }
  if (!report) return;  // Finish was faster
  busy_ = false;
  done_(*report);
}

void SpoolWriter::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || job_.has_value(); });
    if (!job_) return;
    Job job = *std::exchange(job_, std::nullopt);
    lock.unlock();
    WriteReport report = Do(job);
    job = {};
    lock.lock();
    report_ = std::move(report);
    changed_.notify_all();
    asio::post(io_, [this, alive = std::weak_ptr<bool>(alive_)] {
      if (alive.lock()) Deliver();
    });
  }
}

WriteReport SpoolWriter::Do(const Job& job) {
  WriteReport report;
  if (job.set) report.status = job.file->Commit(*job.set);
  if (!report.status.ok()) return report;
  // How the file stands is known again with the next commit, where it cannot be read now.
  report.usage = job.file->Usage().value_or(FileUsage{});
  report.oldest = job.file->Oldest(kOldest).value_or(std::vector<Stamp>());
  return report;
}

}  // namespace relaywatch::agent
