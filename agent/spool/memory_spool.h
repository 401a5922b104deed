// The spool that lives and dies with the process: a bounded queue in memory. Over the bound the
// oldest results go; they are counted, and the hole they leave is told as a gap with reason
// OVERFLOW until the collector has it.
// Confined to the agent's thread.
#pragma once

#include "agent/spool/ledger.h"
#include "agent/spool/result_queue.h"
#include "agent/spool/spool.h"

namespace relaywatch::agent {

class MemorySpool final : public Spool {
 public:
  // `epoch` must be new with every life of the spool and not 0: RandomEpoch().
  MemorySpool(std::uint64_t epoch, std::size_t max_results);

  std::vector<SpoolEpoch> Epochs() const override { return EpochsOf(ledger_); }
  void Append(SpooledResult result, bool at_once) override;
  absl::StatusOr<SpoolChunk> Read(std::uint64_t epoch, std::uint64_t from_seq,
                                  std::size_t max_results, std::size_t max_bytes) override;
  void Release(std::uint64_t epoch, std::uint64_t durable_seq) override;
  void BeginEpoch() override { ledger_.Begin(RandomEpoch()); }
  std::uint64_t Rename(std::uint64_t epoch) override;
  // Only max_results counts here. A smaller bound lets go of the oldest results at once.
  void SetBounds(const SpoolBounds& bounds) override;
  SpoolStats Stats() const override;

 private:
  void DropOverBound();

  Ledger ledger_;
  ResultQueue queue_;
  std::size_t max_results_;
};

}  // namespace relaywatch::agent
