#include "collector/detect/rule_set.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace relaywatch::collector::detect {
namespace {

constexpr std::size_t kMaxAgents = 8;
constexpr std::size_t kPercent = 100;

}  // namespace

std::vector<RulePtr> RuleSet::Rules() const {
  std::vector<RulePtr> rules;
  rules.reserve(members_.size());
  for (const Member& member : members_) rules.push_back(member.rule);
  return rules;
}

void RuleSet::Reset(RulePtr rule, std::int64_t now_ms) { Restore({std::move(rule)}, now_ms); }

void RuleSet::Restore(std::vector<RulePtr> rules, std::int64_t now_ms) {
  members_.clear();
  for (RulePtr& rule : rules) members_.push_back({.rule = std::move(rule)});
  strangers_.clear();
  answers_ = cancellations_ = 0;
  window_start_ms_ = now_ms;
  is_divided_ = false;
}

std::optional<std::size_t> RuleSet::Match(const Rule& rule, FacetMask facets) const {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if ((Difference(*members_[i].rule, rule) & facets) == 0) return i;
  }
  return std::nullopt;
}

const Rule& RuleSet::Nearest(const Rule& rule, FacetMask facets) const {
  const auto distance = [&](const Member& member) {
    return std::popcount(Difference(*member.rule, rule) & facets);
  };
  return *std::min_element(members_.begin(), members_.end(), [&](const auto& a, const auto& b) {
            return distance(a) < distance(b);
          })->rule;
}

void RuleSet::Note(Member& member, const Vote& vote) const {
  ++member.answers;
  const auto slice =
      std::clamp<std::int64_t>((vote.time_ms - window_start_ms_) / kPoolSliceMs, 0, 15);
  member.slices |= static_cast<std::uint16_t>(1U << static_cast<unsigned>(slice));
  if (member.agents.size() >= kMaxAgents) return;
  if (std::find(member.agents.begin(), member.agents.end(), vote.agent) == member.agents.end()) {
    member.agents.push_back(vote.agent);
  }
}

// What shows only for minutes is a passing trouble, however often it was asked about.
bool RuleSet::IsLasting(const Member& stranger, std::size_t least) const {
  return stranger.answers >= least && stranger.answers * kPercent >= answers_ * kMemberPercent &&
         SharedSlices(stranger) >= kPoolLeastSlices;
}

std::size_t RuleSet::SharedSlices(const Member& stranger) const {
  std::uint16_t members = 0;
  for (const Member& member : members_) members |= member.slices;
  return static_cast<std::size_t>(
      std::popcount(static_cast<std::uint16_t>(members & stranger.slices)));
}

void RuleSet::Count(std::size_t member, const Vote& vote) {
  ++answers_;
  Note(members_[member], vote);
}

void RuleSet::CountStranger(const Sighting& sighting, FacetMask facets, RuleBook& book) {
  ++answers_;
  for (Member& stranger : strangers_) {
    if ((Difference(*stranger.rule, sighting.rule) & facets) != 0) continue;
    Note(stranger, sighting.vote);
    return;
  }
  if (strangers_.size() >= kMaxMembers) return;
  // What it does not show is as the nearest member has it.
  Rule whole = Nearest(sighting.rule, facets);
  whole.Take(sighting.rule, facets);
  Note(strangers_.emplace_back(Member{.rule = book.Intern(std::move(whole))}), sighting.vote);
}

bool RuleSet::CloseWindow(std::int64_t now_ms) {
  if (now_ms - window_start_ms_ < kPoolWindowMs) return false;
  const bool changed = is_pool() ? Replenish() : BecomePool();
  if (changed) is_divided_ = IsDivided();
  for (Member& member : members_) {
    member.answers = 0;
    member.slices = 0;
    member.agents.clear();
  }
  strangers_.clear();
  answers_ = cancellations_ = 0;
  window_start_ms_ = now_ms;
  return changed;
}

bool RuleSet::BecomePool() {
  if (answers_ < kPoolLeastAnswers || cancellations_ < kPoolLeastCancellations) return false;
  std::size_t strange = 0;
  for (const Member& stranger : strangers_) strange += stranger.answers;
  if (strange * kPercent <= answers_ * kPoolPercent) return false;
  const std::size_t before = members_.size();
  for (Member& stranger : strangers_) {
    const bool is_member = IsLasting(stranger, kMemberLeastAnswers);
    if (is_member && members_.size() < kMaxMembers) members_.push_back(std::move(stranger));
  }
  std::erase_if(strangers_, [](const Member& member) { return member.rule == nullptr; });
  return members_.size() > before;
}

bool RuleSet::Replenish() {
  if (answers_ < kPoolLeastAnswers) return false;
  const std::size_t before = members_.size();
  for (Member& member : members_) {
    member.idle_windows =
        member.answers == 0 ? static_cast<std::uint8_t>(member.idle_windows + 1) : 0;
  }
  const auto is_idle = [](const Member& member) {
    return member.idle_windows >= kMemberIdleWindows;
  };
  // The last one stays: a key that shows none of its rules any more has changed, which is told
  // otherwise.
  if (!std::all_of(members_.begin(), members_.end(), is_idle)) std::erase_if(members_, is_idle);
  bool changed = members_.size() != before;
  for (Member& stranger : strangers_) {
    const bool is_member = IsLasting(stranger, kNewMemberLeastAnswers);
    if (!is_member || members_.size() >= kMaxMembers) continue;
    members_.push_back(std::move(stranger));
    changed = true;
  }
  return changed;
}

bool RuleSet::IsDivided() const {
  if (!is_pool()) return false;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].agents.empty()) return false;
    for (std::size_t k = i + 1; k < members_.size(); ++k) {
      const auto& others = members_[k].agents;
      for (const std::uint32_t agent : members_[i].agents) {
        if (std::find(others.begin(), others.end(), agent) != others.end()) return false;
      }
    }
  }
  return true;
}

}  // namespace relaywatch::collector::detect
