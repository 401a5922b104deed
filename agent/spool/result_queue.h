// Results in memory, by id: what a MemorySpool is made of, and what of a SqliteSpool is not on disk
// yet. Ids ascend by one; those that are erased before older ones leave an empty place.
// Confined to the agent's thread.
#pragma once

#include <cstdint>
#include <deque>

#include "agent/spool/ledger.h"
#include "agent/spool/spool.h"

namespace relaywatch::agent {

class ResultQueue {
 public:
  void Push(std::int64_t id, SpooledResult result);
  void Erase(IdRange ids);
  // Every id grows by this.
  void Shift(std::int64_t by) { first_id_ += by; }

  const SpooledResult* Find(std::int64_t id) const;  // null: not here
  std::size_t size() const { return size_; }
  // About what the results take; an outcome shared with the result before counts once.
  std::size_t bytes() const { return bytes_; }
  std::int64_t first_id() const { return first_id_; }  // with size() > 0
  std::int64_t last_id() const { return first_id_ + static_cast<std::int64_t>(slots_.size()) - 1; }

 private:
  struct Slot {
    SpooledResult result;
    std::size_t bytes = 0;  // 0: erased
  };

  std::deque<Slot> slots_;  // the first one is not erased
  std::int64_t first_id_ = 1;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

// What a spool with this ledger yields from an epoch's `from_seq` on: gaps told, results by `find`,
// which returns null where a result is not at hand; the chunk then ends before it.
template <typename Find>
SpoolChunk ReadChunk(const Ledger& ledger, std::uint64_t epoch, std::uint64_t from_seq,
                     std::size_t max_results, std::size_t max_bytes, Find find) {
  SpoolChunk chunk;
  const Span* span = ledger.Find(epoch);
  if (span == nullptr || from_seq > static_cast<std::uint64_t>(span->last)) return chunk;
  std::int64_t seq = std::max(static_cast<std::int64_t>(from_seq), span->released + 1);
  if (seq > span->last) return chunk;
  chunk.first_seq = static_cast<std::uint64_t>(seq);
  const auto gaps = ledger.GapsWithin({span->base + seq, span->base + span->last});
  auto gap = gaps.begin();
  for (std::size_t bytes = 0; seq <= span->last; ++seq) {
    if (gap != gaps.end() && gap->ids.first == span->base + seq) {
      v1::Gap& told = chunk.gaps.emplace_back();
      told.set_first_seq(static_cast<std::uint64_t>(seq));
      told.set_last_seq(static_cast<std::uint64_t>(gap->ids.last - span->base));
      told.set_reason(gap->reason);
      seq = gap->ids.last - span->base;
      ++gap;
      continue;
    }
    if (chunk.results.size() >= max_results || bytes >= max_bytes) break;
    const SpooledResult* spooled = find(span->base + seq);
    if (spooled == nullptr) break;
    bytes += PayloadBytes(*spooled);
    chunk.results.push_back(*spooled);
  }
  chunk.last_seq = static_cast<std::uint64_t>(seq - 1);
  return chunk;
}

// As Spool::Epochs.
std::vector<SpoolEpoch> EpochsOf(const Ledger& ledger);

}  // namespace relaywatch::agent
