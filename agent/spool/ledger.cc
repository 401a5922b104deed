#include "agent/spool/ledger.h"

#include <algorithm>
#include <utility>

namespace relaywatch::agent {
namespace {

IdRange Clip(IdRange ids, IdRange to) {
  return {std::max(ids.first, to.first), std::min(ids.last, to.last)};
}

bool Empty(IdRange ids) { return ids.last < ids.first; }

std::uint64_t Length(IdRange ids) {
  return Empty(ids) ? 0 : static_cast<std::uint64_t>(ids.last - ids.first + 1);
}

// Everything of the span that is not released.
IdRange Unreleased(const Span& span) {
  return {span.base + span.released + 1, span.base + span.last};
}

}  // namespace

std::int64_t Ledger::Prepend(std::vector<Span> spans, std::vector<IdGap> gaps) {
  std::int64_t shift = 0;
  for (Span& span : spans) {
    span.own = false;
    shift = std::max(shift, span.base + span.last);
  }
  for (Span& span : spans_) span.base += shift;
  for (IdGap& gap : gaps_) gap.ids = {gap.ids.first + shift, gap.ids.last + shift};
  spans_.insert(spans_.begin(), spans.begin(), spans.end());
  gaps_.insert(gaps_.begin(), gaps.begin(), gaps.end());
  for (const Span& span : spans) held_ += HeldWithin(Unreleased(span));
  ForgetDrained();
  return shift;
}

const Span* Ledger::Find(std::uint64_t epoch) const {
  const auto found = std::ranges::find(spans_, epoch, &Span::epoch);
  return found == spans_.end() ? nullptr : &*found;
}

Span* Ledger::Mutable(std::uint64_t epoch) { return const_cast<Span*>(Find(epoch)); }

std::int64_t Ledger::Append() {
  ++spans_.back().last;
  ++held_;
  return last_id();
}

void Ledger::Begin(std::uint64_t epoch) {
  if (spans_.back().last == 0) return;
  spans_.push_back({.epoch = epoch, .base = last_id()});
  ForgetDrained();
}

void Ledger::Rename(std::uint64_t epoch, std::uint64_t to) {
  Span* span = Mutable(epoch);
  if (span == nullptr) return;
  *span = {.epoch = to,
           .base = span->base + span->released,
           .released = 0,
           .last = span->last - span->released,
           .own = span->own};
}

IdRange Ledger::Release(std::uint64_t epoch, std::uint64_t durable_seq) {
  Span* span = Mutable(epoch);
  if (span == nullptr) return {};
  const auto last = static_cast<std::uint64_t>(span->last);
  const auto seq = static_cast<std::int64_t>(std::min(durable_seq, last));
  if (seq <= span->released) return {};
  const IdRange ids{span->base + span->released + 1, span->base + seq};
  held_ -= HeldWithin(ids);
  CutGaps(ids);
  span->released = seq;
  ForgetDrained();
  return ids;
}

std::int64_t Ledger::DropOldest(std::uint64_t count, v1::GapReason reason) {
  count = std::min(count, held_);
  if (count == 0) return 0;
  std::int64_t upto = 0;
  for (const Span& span : spans_) {
    IdRange rest = Unreleased(span);
    while (count > 0 && !Empty(rest)) {
      const auto gaps = GapsWithin(rest);
      const std::int64_t end = gaps.empty() ? rest.last : gaps.front().ids.first - 1;
      const std::uint64_t here = std::min(count, Length({rest.first, end}));
      count -= here;
      if (here > 0) upto = rest.first + static_cast<std::int64_t>(here) - 1;
      rest.first = gaps.empty() ? rest.last + 1 : gaps.front().ids.last + 1;
    }
  }
  return Drop({spans_.front().base, upto}, reason);
}

std::int64_t Ledger::Drop(IdRange ids, v1::GapReason reason) {
  std::int64_t upto = 0;
  for (const Span& span : spans_) {
    const IdRange rest = Clip(ids, Unreleased(span));
    const std::uint64_t lost = HeldWithin(rest);
    if (lost == 0) continue;
    held_ -= lost;
    drops_[reason] += lost;
    upto = rest.last;
    std::int64_t next = rest.first;
    for (const IdGap& gap : GapsWithin(rest)) {
      AddGap({{next, gap.ids.first - 1}, reason});
      next = gap.ids.last + 1;
    }
    AddGap({{next, rest.last}, reason});
  }
  return upto;
}

std::vector<IdGap> Ledger::GapsWithin(IdRange ids) const {
  std::vector<IdGap> within;
  for (const IdGap& gap : gaps_) {
    const IdRange clipped = Clip(gap.ids, ids);
    if (!Empty(clipped)) within.push_back({clipped, gap.reason});
  }
  return within;
}

std::uint64_t Ledger::HeldWithin(IdRange ids) const {
  std::uint64_t lost = 0;
  for (const IdGap& gap : GapsWithin(ids)) lost += Length(gap.ids);
  return Length(ids) - lost;
}

// Neighbours with the same reason are one gap, so that a long loss stays one row.
void Ledger::AddGap(IdGap gap) {
  if (Empty(gap.ids)) return;
  auto at = std::ranges::lower_bound(gaps_, gap.ids.first, {},
                                     [](const IdGap& other) { return other.ids.first; });
  if (at != gaps_.begin() && std::prev(at)->reason == gap.reason &&
      std::prev(at)->ids.last + 1 == gap.ids.first) {
    --at;
    at->ids.last = gap.ids.last;
  } else {
    at = gaps_.insert(at, gap);
  }
  const auto next = std::next(at);
  if (next == gaps_.end() || next->reason != at->reason || at->ids.last + 1 != next->ids.first) {
    return;
  }
  at->ids.last = next->ids.last;
  gaps_.erase(next);
}

void Ledger::CutGaps(IdRange ids) {
  std::vector<IdGap> kept;
  for (const IdGap& gap : gaps_) {
    const IdGap before{Clip(gap.ids, {INT64_MIN, ids.first - 1}), gap.reason};
    const IdGap after{Clip(gap.ids, {ids.last + 1, INT64_MAX}), gap.reason};
    if (!Empty(before.ids)) kept.push_back(before);
    if (!Empty(after.ids)) kept.push_back(after);
  }
  gaps_ = std::move(kept);
}

void Ledger::ForgetDrained() {
  const auto head = std::prev(spans_.end());
  spans_.erase(std::remove_if(spans_.begin(), head,
                              [](const Span& span) { return span.released == span.last; }),
               head);
}

}  // namespace relaywatch::agent
