#include "collector/detect/suspect.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

namespace relaywatch::collector::detect {
namespace {

// Evidence enough for people; the count of votes stops there too.
constexpr std::size_t kMaxVotes = 32;

}  // namespace

Suspect::Suspect(const Sighting& sighting, FacetMask different, std::int64_t agreed_ms)
    : different_(different), agreed_ms_(agreed_ms), begun_ms_(sighting.vote.time_ms) {
  Add(sighting, different);
}

Stance Suspect::StanceOf(const Sighting& sighting) const {
  const FacetMask shared = sighting.rule.known() & different_;
  if (shared == 0) return Stance::kSilent;
  return (Difference(shown_, sighting.rule) & different_) == 0 ? Stance::kAgrees
                                                               : Stance::kContradicts;
}

void Suspect::Add(const Sighting& sighting, FacetMask different) {
  different_ |= different;
  shown_.Take(sighting.rule, different_);
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    if ((sighting.rule.known() & different_ & Bit(FacetAt(i))) != 0 && support_[i] < kMaxVotes) {
      ++support_[i];
    }
  }
  if (sighting.failures != nullptr) {
    // The failures that made this one count are evidence as well, the first time.
    for (const Vote& failure : *sighting.failures) {
      const bool is_known = std::any_of(votes_.begin(), votes_.end(), [&](const Vote& vote) {
        return vote.agent == failure.agent && vote.time_ms == failure.time_ms;
      });
      const bool counts = !is_known && failure.time_ms >= agreed_ms_;
      if (counts && votes_.size() < kMaxVotes) votes_.push_back(failure);
    }
  }
  if (votes_.size() < kMaxVotes) votes_.push_back(sighting.vote);
  last_ms_ = std::max(last_ms_, sighting.vote.time_ms);
}

bool Suspect::IsBlocked() const {
  return (different_ & Bit(Facet::kReach)) != 0 && shown_.Value(Facet::kReach) == "blocked";
}

bool Suspect::IsSpreadEnough() const {
  const bool is_refused =
      (different_ & Bit(Facet::kReach)) != 0 && shown_.Value(Facet::kReach) == "refused";
  return !is_refused || last_ms_ - first_ms() >= kRefusedSpanMs;
}

bool Suspect::IsOfOne() const {
  return std::all_of(votes_.begin(), votes_.end(),
                     [&](const Vote& vote) { return vote.agent == votes_.front().agent; });
}

// One wrong answer goes with anything: two agents count where each said it more than once, or three
// did.
bool Suspect::IsOfSeveral() const {
  const std::size_t least = IsBlocked() ? kBlockedVotesEach : 2;
  std::vector<std::pair<std::uint32_t, std::size_t>> agents;
  for (const Vote& vote : votes_) {
    const auto it = std::find_if(agents.begin(), agents.end(),
                                 [&](const auto& one) { return one.first == vote.agent; });
    if (it != agents.end()) {
      ++it->second;
    } else {
      agents.emplace_back(vote.agent, 1);
    }
  }
  const auto sure = std::count_if(agents.begin(), agents.end(),
                                  [&](const auto& one) { return one.second >= least; });
  return agents.size() >= 3 || sure >= 2;
}

std::size_t Suspect::QuorumVotes(const Policy& policy) const {
  return extra_votes_ + (IsBlocked() ? 2 * kBlockedVotesEach : policy.quorum_votes);
}

std::size_t Suspect::SingleVotes(std::size_t votes) const {
  return votes + extra_votes_ + (IsBlocked() ? kBlockedExtraSingle : 0);
}

bool Suspect::IsConfirmed(const Policy& policy, std::size_t agents_here) const {
  if (!IsSpreadEnough() || Settled() == 0) return false;
  if (IsOfSeveral()) return votes_.size() >= QuorumVotes(policy);
  if (!IsOfOne() && agents_here > 1) return false;
  const std::int64_t span_ms =
      IsBlocked() ? std::max(policy.single_span_ms, kBlockedSingleSpanMs) : policy.single_span_ms;
  return agents_here <= 1 && votes_.size() >= SingleVotes(policy.single_votes) &&
         last_ms_ - first_ms() >= span_ms;
}

bool Suspect::IsProbable(const Policy& policy, std::size_t agents_here, std::int64_t now_ms) const {
  if (!IsSpreadEnough() || Settled() == 0) return false;
  if (votes_.size() < SingleVotes(policy.probable_votes)) return false;
  return agents_here <= 1 || now_ms - begun_ms_ >= kProbablePatienceMs;
}

std::size_t Suspect::Missing(const Policy& policy, std::size_t agents_here) const {
  const std::size_t needed =
      agents_here > 1 ? QuorumVotes(policy) : SingleVotes(policy.single_votes);
  return needed > votes_.size() ? needed - votes_.size() : 1;
}

FacetMask Suspect::Settled() const {
  FacetMask settled = 0;
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    if ((different_ & Bit(FacetAt(i))) != 0 && support_[i] >= 2) settled |= Bit(FacetAt(i));
  }
  return settled;
}

std::uint64_t Suspect::Fingerprint() const {
  // Within one life of the process: std::hash will do.
  std::string text;
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    if ((different_ & Bit(FacetAt(i))) != 0) {
      text.append(Name(FacetAt(i))).append("=").append(shown_.Value(FacetAt(i))).append("\n");
    }
  }
  return std::hash<std::string>{}(text);
}

}  // namespace relaywatch::collector::detect
