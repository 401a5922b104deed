// Which numbers are where: the epochs of a spool, what of each is released, and what was given up
// and why. Holds no results.
//
// A result is kept under an id; ids run on over all epochs, so id = base of its epoch + seq. An
// epoch gets another name, or a new one begins, without a result being touched.
// Pure; confined to the agent's thread.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "relaywatch/v1/session.pb.h"

namespace relaywatch::agent {

struct IdRange {
  std::int64_t first = 0;
  std::int64_t last = -1;

  bool operator==(const IdRange&) const = default;
};

struct IdGap {
  IdRange ids;
  v1::GapReason reason = v1::GAP_REASON_UNSPECIFIED;

  bool operator==(const IdGap&) const = default;
};

struct Span {
  std::uint64_t epoch = 0;
  std::int64_t base = 0;      // id = base + seq
  std::int64_t released = 0;  // seq
  std::int64_t last = 0;      // seq
  bool own = true;

  bool operator==(const Span&) const = default;
};

class Ledger {
 public:
  // Begins with one empty epoch.
  explicit Ledger(std::uint64_t head) : spans_{{.epoch = head}} {}
  // Puts what an earlier process left, which is never added to, before what is here. The ids that
  // are in use grow by what is returned.
  std::int64_t Prepend(std::vector<Span> spans, std::vector<IdGap> gaps);

  const std::vector<Span>& spans() const { return spans_; }  // in order, the head last
  const std::vector<IdGap>& gaps() const { return gaps_; }   // ascending, disjoint
  std::uint64_t held() const { return held_; }               // results that are somewhere
  const std::map<v1::GapReason, std::uint64_t>& drops() const { return drops_; }
  const Span* Find(std::uint64_t epoch) const;
  std::int64_t last_id() const { return spans_.back().base + spans_.back().last; }

  std::int64_t Append();
  void Begin(std::uint64_t epoch);
  void Rename(std::uint64_t epoch, std::uint64_t to);
  // The ids that need not be kept any longer; empty where nothing changes.
  IdRange Release(std::uint64_t epoch, std::uint64_t durable_seq);

  // Gives up what is held: the `count` oldest, or all ids from first to last. Returns the last id
  // up to which nothing of it is held any more; 0: nothing was given up.
  std::int64_t DropOldest(std::uint64_t count, v1::GapReason reason);
  std::int64_t Drop(IdRange ids, v1::GapReason reason);

  // Gaps that overlap the ids, clipped to them.
  std::vector<IdGap> GapsWithin(IdRange ids) const;

 private:
  Span* Mutable(std::uint64_t epoch);  // null: not here
  std::uint64_t HeldWithin(IdRange ids) const;
  void AddGap(IdGap gap);
  void CutGaps(IdRange ids);
  void ForgetDrained();

  std::vector<Span> spans_;
  std::vector<IdGap> gaps_;
  std::uint64_t held_ = 0;
  std::map<v1::GapReason, std::uint64_t> drops_;
};

}  // namespace relaywatch::agent
