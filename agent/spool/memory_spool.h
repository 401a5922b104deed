// The spool that lives and dies with the process: a bounded queue in memory under a random epoch.
// Over the bound the oldest results go; they are counted, and the hole they leave is told as one
// gap with reason OVERFLOW until the collector has it.
// Confined to the agent's thread.
#pragma once

#include <deque>

#include "agent/spool/spool.h"

namespace relaywatch::agent {

class MemorySpool final : public Spool {
 public:
  // `epoch` must be new with every life of the spool and not 0: RandomEpoch().
  MemorySpool(std::uint64_t epoch, std::size_t max_results);

  // A smaller bound lets go of the oldest results at once.
  void SetBound(std::size_t max_results);

  std::uint64_t Epoch() const override { return epoch_; }
  std::uint64_t FirstSeq() const override;
  std::uint64_t LastSeq() const override { return last_seq_; }
  absl::Status Append(SpooledResult result) override;  // never fails
  SpoolChunk Read(std::uint64_t from_seq, std::size_t max_results,
                  std::size_t max_bytes) const override;
  void Release(std::uint64_t durable_seq) override;
  SpoolStats Stats() const override;

 private:
  std::uint64_t OldestHeld() const { return last_seq_ + 1 - queue_.size(); }
  void DropOverBound();

  const std::uint64_t epoch_;
  std::size_t max_results_;
  std::deque<SpooledResult> queue_;  // ends with last_seq_
  std::uint64_t released_ = 0;
  std::uint64_t last_seq_ = 0;
  std::uint64_t overflowed_ = 0;
};

// From the system's random source; never 0.
std::uint64_t RandomEpoch();

}  // namespace relaywatch::agent
