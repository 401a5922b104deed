#include "agent/spool/memory_spool.h"

#include <algorithm>
#include <utility>

namespace relaywatch::agent {

MemorySpool::MemorySpool(std::uint64_t epoch, std::size_t max_results)
    : ledger_(epoch), max_results_(std::max<std::size_t>(max_results, 1)) {}

void MemorySpool::SetBounds(const SpoolBounds& bounds) {
  max_results_ = std::max<std::size_t>(bounds.max_results, 1);
  DropOverBound();
}

void MemorySpool::Append(SpooledResult result, bool /*at_once*/) {
  queue_.Push(ledger_.Append(), std::move(result));
  DropOverBound();
}

void MemorySpool::DropOverBound() {
  if (ledger_.held() <= max_results_) return;
  queue_.Erase({0, ledger_.DropOldest(ledger_.held() - max_results_, v1::GAP_REASON_OVERFLOW)});
}

absl::StatusOr<SpoolChunk> MemorySpool::Read(std::uint64_t epoch, std::uint64_t from_seq,
                                             std::size_t max_results, std::size_t max_bytes) {
  return ReadChunk(ledger_, epoch, from_seq, max_results, max_bytes,
                   [this](std::int64_t id) { return queue_.Find(id); });
}

void MemorySpool::Release(std::uint64_t epoch, std::uint64_t durable_seq) {
  queue_.Erase(ledger_.Release(epoch, durable_seq));
}

std::uint64_t MemorySpool::Rename(std::uint64_t epoch) {
  const std::uint64_t name = RandomEpoch();
  ledger_.Rename(epoch, name);
  return name;
}

SpoolStats MemorySpool::Stats() const {
  SpoolStats stats;
  stats.queued = ledger_.held();
  stats.capacity = max_results_;
  if (queue_.size() > 0) stats.oldest_wall_ms = queue_.Find(queue_.first_id())->result.wall_ms();
  stats.drops = ledger_.drops();
  return stats;
}

}  // namespace relaywatch::agent
