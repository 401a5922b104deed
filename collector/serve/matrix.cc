#include "collector/serve/matrix.h"

#include <algorithm>
#include <limits>
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
    MatrixEntry& known = entries_[RowKeyOf(key)];
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

void Matrix::GoBack(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  for (auto& [row, entry] : entries_) {
    entry.since_ms = std::min(entry.since_ms, now_ms);
    entry.time_ms = std::min(entry.time_ms, now_ms);
  }
}

Judging Matrix::judging() const {
  const std::lock_guard lock(mutex_);
  return judging_;
}

std::vector<MatrixEntry> Matrix::Entries() const {
  return Entries(
      {}, [](const SeriesKey&) { return true; }, std::numeric_limits<std::size_t>::max());
}

std::vector<MatrixEntry> Matrix::Entries(const MatrixRowKey& from, PassesSeries passes,
                                         std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<MatrixEntry> entries;
  for (auto row = entries_.lower_bound(from); row != entries_.end(); ++row) {
    if (entries.size() == limit) break;
    if (passes(row->second.series->key)) entries.push_back(row->second);
  }
  return entries;
}

absl::StatusOr<v1::MatrixResponse> Matrix::Answer(const v1::MatrixRequest& request,
                                                  const Inquiry& inquiry) const {
  if (request.has_at()) return AnswerMatrixAt(request, inquiry);
  return AnswerMatrixNow(
      request,
      [this](const MatrixRowKey& from, PassesSeries passes, std::size_t limit) {
        return Entries(from, passes, limit);
      },
      inquiry);
}

}  // namespace relaywatch::collector
