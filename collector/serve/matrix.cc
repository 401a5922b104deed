#include "collector/serve/matrix.h"

#include <utility>

namespace relaywatch::collector {

void Matrix::Use(Judging judging) {
  const std::lock_guard lock(mutex_);
  judging_ = std::move(judging);
}

void Matrix::Update(const std::vector<MatrixEntry>& entries) {
  const std::lock_guard lock(mutex_);
  for (const MatrixEntry& entry : entries) {
    const SeriesKey& key = entry.series->key;
    MatrixEntry& known = entries_[{key.location, key.endpoint, key.port}];
    MatrixEntry next = entry;
    if (known.outcome != nullptr && known.outcome->id == entry.outcome->id) {
      next.since_ms = known.since_ms;
      next.since_or_before = known.since_or_before;
    } else if (next.since_ms == 0) {
      next.since_ms = next.time_ms;
    }
    known = std::move(next);
  }
}

Judging Matrix::judging() const {
  const std::lock_guard lock(mutex_);
  return judging_;
}

std::vector<MatrixEntry> Matrix::Entries() const {
  const std::lock_guard lock(mutex_);
  std::vector<MatrixEntry> entries;
  entries.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) entries.push_back(entry);
  return entries;
}

}  // namespace relaywatch::collector
