#include "agent/spool/result_queue.h"

#include <algorithm>
#include <utility>

namespace relaywatch::agent {

void ResultQueue::Push(std::int64_t id, SpooledResult result) {
  if (slots_.empty()) first_id_ = id;
  std::size_t bytes = sizeof(Slot) + result.result.ByteSizeLong();
  if (slots_.empty() || slots_.back().result.outcome != result.outcome) {
    bytes += result.outcome->size();
  }
  slots_.push_back({std::move(result), bytes});
  ++size_;
  bytes_ += bytes;
}

void ResultQueue::Erase(IdRange ids) {
  const std::int64_t last = std::min(ids.last, last_id());
  for (std::int64_t id = std::max(ids.first, first_id_); id <= last; ++id) {
    Slot& slot = slots_[static_cast<std::size_t>(id - first_id_)];
    if (slot.bytes == 0) continue;
    --size_;
    bytes_ -= slot.bytes;
    slot = {};
  }
  while (!slots_.empty() && slots_.front().bytes == 0) {
    slots_.pop_front();
    ++first_id_;
  }
}

const SpooledResult* ResultQueue::Find(std::int64_t id) const {
  if (slots_.empty() || id < first_id_ || id > last_id()) return nullptr;
  const Slot& slot = slots_[static_cast<std::size_t>(id - first_id_)];
  return slot.bytes == 0 ? nullptr : &slot.result;
}

std::vector<SpoolEpoch> EpochsOf(const Ledger& ledger) {
  std::vector<SpoolEpoch> epochs;
  for (const Span& span : ledger.spans()) {
    SpoolEpoch& epoch = epochs.emplace_back();
    epoch.epoch = span.epoch;
    epoch.last_seq = static_cast<std::uint64_t>(span.last);
    if (span.released < span.last) {
      epoch.first_seq = static_cast<std::uint64_t>(span.released + 1);
    }
    epoch.own = span.own;
  }
  return epochs;
}

}  // namespace relaywatch::agent
