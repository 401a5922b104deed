#include "agent/spool/memory_spool.h"

#include <algorithm>
#include <random>
#include <utility>

namespace relaywatch::agent {
namespace {

// What a result adds to a message at most: its own fields, and path and outcome when it is the
// first to refer to them.
std::size_t PayloadBytes(const SpooledResult& spooled) {
  return spooled.result.ByteSizeLong() + spooled.path->ByteSizeLong() + spooled.outcome->size();
}

}  // namespace

MemorySpool::MemorySpool(std::uint64_t epoch, std::size_t max_results)
    : epoch_(epoch), max_results_(std::max<std::size_t>(max_results, 1)) {}

void MemorySpool::SetBound(std::size_t max_results) {
  max_results_ = std::max<std::size_t>(max_results, 1);
  DropOverBound();
}

std::uint64_t MemorySpool::FirstSeq() const { return released_ < last_seq_ ? released_ + 1 : 0; }

absl::Status MemorySpool::Append(SpooledResult result) {
  queue_.push_back(std::move(result));
  ++last_seq_;
  DropOverBound();
  return absl::OkStatus();
}

void MemorySpool::DropOverBound() {
  while (queue_.size() > max_results_) {
    queue_.pop_front();
    ++overflowed_;
  }
}

SpoolChunk MemorySpool::Read(std::uint64_t from_seq, std::size_t max_results,
                             std::size_t max_bytes) const {
  SpoolChunk chunk;
  std::uint64_t seq = std::max(from_seq, released_ + 1);
  if (seq > last_seq_) return chunk;
  chunk.first_seq = seq;
  if (seq < OldestHeld()) {
    v1::Gap& gap = chunk.gaps.emplace_back();
    gap.set_first_seq(seq);
    gap.set_last_seq(OldestHeld() - 1);
    gap.set_reason(v1::GAP_REASON_OVERFLOW);
    seq = OldestHeld();
  }
  std::size_t bytes = 0;
  while (seq <= last_seq_ && chunk.results.size() < max_results && bytes < max_bytes) {
    const SpooledResult& spooled = queue_[seq - OldestHeld()];
    chunk.results.push_back(&spooled);
    bytes += PayloadBytes(spooled);
    ++seq;
  }
  chunk.last_seq = seq - 1;
  return chunk;
}

void MemorySpool::Release(std::uint64_t durable_seq) {
  durable_seq = std::min(durable_seq, last_seq_);
  while (!queue_.empty() && OldestHeld() <= durable_seq) queue_.pop_front();
  released_ = std::max(released_, durable_seq);
}

SpoolStats MemorySpool::Stats() const {
  SpoolStats stats;
  stats.queued = queue_.size();
  stats.capacity = max_results_;
  stats.oldest_wall_ms = queue_.empty() ? 0 : queue_.front().result.wall_ms();
  if (overflowed_ > 0) stats.drops[v1::GAP_REASON_OVERFLOW] = overflowed_;
  return stats;
}

std::uint64_t RandomEpoch() {
  std::random_device random;
  std::uint64_t epoch = 0;
  while (epoch == 0) epoch = (static_cast<std::uint64_t>(random()) << 32) | random();
  return epoch;
}

}  // namespace relaywatch::agent
