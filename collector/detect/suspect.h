// A rule that may have replaced the one in force: what it shows otherwise, and who has seen it.
// An answer *agrees* where it shows some of the suspected facets, all as suspected; it
// *contradicts* where it shows one of them otherwise; else it says nothing. Confined to its key's
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "collector/detect/policy.h"
#include "collector/detect/rule.h"
#include "collector/detect/sighting.h"

namespace relaywatch::collector::detect {

enum class Stance : std::uint8_t { kAgrees, kContradicts, kSilent };

class Suspect {
 public:
  // `different`: the facets by which the sighting differs from the rule in force.
  // Failures to connect count from `agreed_ms` on, when the rule in force was last seen.
  Suspect(const Sighting& sighting, FacetMask different, std::int64_t agreed_ms);
  // It takes so many more answers than usual (policy.h).
  void DemandMore(std::size_t extra_votes) { extra_votes_ = extra_votes; }

  Stance StanceOf(const Sighting& sighting) const;
  // An agreeing sighting; `different` as above.
  void Add(const Sighting& sighting, FacetMask different);

  bool IsConfirmed(const Policy& policy, std::size_t agents_here) const;
  bool IsProbable(const Policy& policy, std::size_t agents_here, std::int64_t now_ms) const;
  // How many answers are still missing, of several agents or of one.
  std::size_t Missing(const Policy& policy, std::size_t agents_here) const;

  // The facets that were seen often enough to be part of what is told.
  FacetMask Settled() const;
  FacetMask different() const { return different_; }
  const Rule& shown() const { return shown_; }
  const std::vector<Vote>& votes() const { return votes_; }
  std::int64_t first_ms() const { return votes_.front().time_ms; }
  std::int64_t last_ms() const { return last_ms_; }
  std::uint64_t Fingerprint() const;  // of what it shows: the same suspect comes back with it

  std::int64_t order_ms = 0;  // of the last ProbeNow
  std::uint64_t event = 0;    // told as probable under this number; 0: not told

 private:
  bool IsBlocked() const;
  bool IsSpreadEnough() const;
  bool IsOfSeveral() const;
  bool IsOfOne() const;
  std::size_t QuorumVotes(const Policy& policy) const;
  std::size_t SingleVotes(std::size_t votes) const;

  Rule shown_;
  FacetMask different_;
  std::array<std::uint8_t, kFacetCount> support_{};
  std::vector<Vote> votes_;
  std::size_t extra_votes_ = 0;
  std::int64_t agreed_ms_;
  std::int64_t begun_ms_ = 0;  // the sighting that raised it; failures may have come before
  std::int64_t last_ms_ = 0;
};

}  // namespace relaywatch::collector::detect
