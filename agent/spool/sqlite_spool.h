// The spool on disk: STATE_DIRECTORY/spool.sqlite. What is appended waits in memory for at most a
// second, then a group of results is committed at once, on a thread of its own; reading needs no
// commit, since (epoch, seq) names the same result whether it is on disk yet or not.
//
//   Append ─▶ tail (memory) ─▶ SpoolWriter ─▶ SpoolFile
//   Ledger: numbers, releases, gaps; part of every commit
//
// - Bounds: results, bytes, age, free disk. The oldest go; the gap that says so is part of the
//   commit that erases them.
// - Disk full, read-only or broken: results stay in the tail, which is then a ring, and go from
//   there to the collector and, when the disk works again, to disk. What the ring lost is a gap.
// - A damaged file is set aside and another begun. What was in it is a gap where its ledger can be
//   read (always, where the damage shows while we run).
// Confined to the agent's thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "agent/spool/ledger.h"
#include "agent/spool/result_queue.h"
#include "agent/spool/spool.h"
#include "agent/spool/spool_file.h"
#include "agent/spool/spool_writer.h"
#include "common/clock.h"
#include "common/lock_file.h"

namespace relaywatch::agent {

class SqliteSpool final : public Spool {
 public:
  static constexpr std::size_t kRingResults = 2'000;
  static constexpr std::size_t kRingBytes = 1 << 20;

  // Creates the directory where it is missing. AlreadyExists: another agent has it. Whatever else
  // is wrong with it is told by Stats().error and tried again.
  static absl::StatusOr<std::unique_ptr<SqliteSpool>> Open(asio::io_context& io, const Clock& clock,
                                                           const std::string& directory,
                                                           const SpoolBounds& bounds);
  // Writes what is not on disk yet.
  ~SqliteSpool() override;

  std::vector<SpoolEpoch> Epochs() const override { return EpochsOf(ledger_); }
  void Append(SpooledResult result, bool at_once) override;
  absl::StatusOr<SpoolChunk> Read(std::uint64_t epoch, std::uint64_t from_seq,
                                  std::size_t max_results, std::size_t max_bytes) override;
  void Release(std::uint64_t epoch, std::uint64_t durable_seq) override;
  void BeginEpoch() override;
  std::uint64_t Rename(std::uint64_t epoch) override;
  void SetBounds(const SpoolBounds& bounds) override;
  SpoolStats Stats() const override;

  // Everything appended so far is on disk (or the disk fails) when it returns.
  void Flush();

 private:
  using Time = std::chrono::steady_clock::time_point;

  SqliteSpool(asio::io_context& io, const Clock& clock, std::string directory, SpoolBounds bounds);

  void OpenFile();
  absl::Status AdoptFile();
  void Quarantine(const absl::Status& damage);

  void WriteWithin(std::chrono::milliseconds wait);
  void WriteWhatIsDue();
  WriteSet TakeWriteSet();
  void OnWritten(const WriteReport& report);
  void Trouble(const absl::Status& status);

  void Keep(const WriteReport& report);  // the bounds
  void KeepResults();
  void KeepBytes(const FileUsage& usage);
  void KeepAge(const std::vector<Stamp>& oldest);
  void KeepRing();
  void Forget(IdRange ids);

  asio::io_context& io_;
  const Clock& clock_;
  const std::string directory_;
  const std::string path_;
  const std::uint64_t boot_id_;
  SpoolBounds bounds_;
  std::optional<LockFile> lock_;
  std::shared_ptr<SpoolFile> file_;  // null: cannot be opened
  Ledger ledger_;
  ResultQueue tail_;               // what is not on disk
  std::int64_t on_disk_upto_ = 0;  // ids up to here are, where they are held at all
  std::int64_t taken_upto_ = 0;    // of the set in hand, or on_disk_upto_
  bool changed_ = false;           // there is something to write
  bool tidy_ = false;              // with the next set
  std::vector<IdRange> erase_;     // on disk or in the set in hand, and not wanted any more
  std::vector<IdRange> erasing_;   // of the set in hand
  std::optional<Time> write_at_;
  asio::steady_timer timer_;
  std::string error_;
  std::chrono::milliseconds retry_{0};
  int failed_reads_ = 0;
  FileUsage usage_;
  std::uint64_t frozen_bytes_ = 0;   // not 0: the disk is nearly full, the file must not grow
  std::int64_t oldest_wall_ms_ = 0;  // on disk, as of the last commit
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // timers look at it
  SpoolWriter writer_;                                          // last: its thread ends first
};

}  // namespace relaywatch::agent
