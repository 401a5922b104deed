// What a key's rule is where it is not known yet: a facet is learned when it was shown three times
// in a row, so that a stray answer never becomes the rule that the true ones then "change"; or,
// where a pool's members take turns, after some more. Confined to its key's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "collector/detect/policy.h"
#include "collector/detect/rule.h"
#include "collector/detect/sighting.h"

namespace relaywatch::collector::detect {

class Learner {
 public:
  // The facets of `wanted` that this answer completes.
  FacetMask Observe(const Sighting& sighting, FacetMask wanted);

  const Rule& candidate() const { return candidate_; }
  const Vote& first() const { return first_; }  // when it began to be seen

 private:
  Rule candidate_;
  std::array<std::uint8_t, kFacetCount> seen_{};
  Vote first_;
  std::size_t answers_ = 0;
};

}  // namespace relaywatch::collector::detect
