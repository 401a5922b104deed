#include "collector/detect/learner.h"

namespace relaywatch::collector::detect {

FacetMask Learner::Observe(const Sighting& sighting, FacetMask wanted) {
  if (candidate_.known() == 0) first_ = sighting.vote;
  const Rule& rule = sighting.rule;
  FacetMask complete = 0;
  ++answers_;
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    const Facet facet = FacetAt(i);
    if ((rule.known() & wanted & Bit(facet)) == 0) continue;
    const bool is_same = candidate_.Knows(facet) && candidate_.Value(facet) == rule.Value(facet);
    if (!is_same && candidate_.Knows(facet)) first_ = sighting.vote;
    candidate_.Take(rule, Bit(facet));
    seen_[i] = is_same ? static_cast<std::uint8_t>(seen_[i] + 1) : 1;
    if (seen_[i] >= kLearnVotes || answers_ >= kLearnAnswers) complete |= Bit(facet);
  }
  return complete;
}

}  // namespace relaywatch::collector::detect
