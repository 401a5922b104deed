// The rules that a key shows: one, or several where it is a pool whose members differ. Counts for
// an hour who showed what, and then tells whether one rule should be several, or several fewer or
// more. Confined to its key's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "collector/detect/policy.h"
#include "collector/detect/rule_book.h"
#include "collector/detect/sighting.h"

namespace relaywatch::collector::detect {

class RuleSet {
 public:
  bool empty() const { return members_.empty(); }
  bool is_pool() const { return members_.size() > 1; }
  // The first is the one seen most when the set was made.
  std::vector<RulePtr> Rules() const;
  const RulePtr& front() const { return members_.front().rule; }

  // One rule from now on; the hour begins anew.
  void Reset(RulePtr rule, std::int64_t now_ms);
  // As kept over a restart.
  void Restore(std::vector<RulePtr> rules, std::int64_t now_ms);
  // The single rule, with more of it known than before.
  void Complete(RulePtr rule) { members_.front().rule = std::move(rule); }

  // The member that an answer is compatible with.
  std::optional<std::size_t> Match(const Rule& rule, FacetMask facets) const;
  // The member from which it differs least.
  const Rule& Nearest(const Rule& rule, FacetMask facets) const;

  void Count(std::size_t member, const Vote& vote);
  void CountStranger(const Sighting& sighting, FacetMask facets, RuleBook& book);
  void CountCancellation() { ++cancellations_; }

  // True at the end of an hour that changed the set of rules. What is told then by is_divided: each
  // agent sees one rule only, but not all the same.
  bool CloseWindow(std::int64_t now_ms);
  bool is_divided() const { return is_divided_; }

 private:
  struct Member {
    RulePtr rule;
    std::uint32_t answers = 0;
    std::uint8_t idle_windows = 0;
    std::uint16_t slices = 0;           // of the hour, five minutes each, in which it was seen
    std::vector<std::uint32_t> agents;  // some of those that saw it
  };

  void Note(Member& member, const Vote& vote) const;
  std::size_t SharedSlices(const Member& stranger) const;
  bool IsLasting(const Member& stranger, std::size_t least) const;
  bool BecomePool();
  bool Replenish();
  bool IsDivided() const;

  std::vector<Member> members_;
  std::vector<Member> strangers_;
  std::size_t answers_ = 0;
  std::size_t cancellations_ = 0;
  std::int64_t window_start_ms_ = 0;
  bool is_divided_ = false;
};

}  // namespace relaywatch::collector::detect
