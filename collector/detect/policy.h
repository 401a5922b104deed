// The figures of change detection, one set for each group of facets that is measured together.
#pragma once

#include <cstddef>
#include <cstdint>

#include "collector/detect/rule.h"
#include "collector/detect/sighting.h"

namespace relaywatch::collector::detect {

struct Policy {
  FacetMask facets = 0;
  // Agreeing answers that confirm: of two agents or more (of three agents, or of two with at least
  // two answers each, since one wrong answer goes with anything), and of the only one there is.
  std::size_t quorum_votes = 3;
  std::size_t probable_votes = 3;
  std::size_t single_votes = 5;
  // One agent's answers in a few seconds are one observation: they must span this long.
  std::int64_t single_span_ms = 100 * kSecondMs;
  // No more votes for this long: forgotten. In probe intervals, and at least.
  std::int64_t lifetime_intervals = 10;
  std::int64_t lifetime_ms = 10 * kMinuteMs;
  bool asks_probes = true;  // worth a ProbeNow
  bool is_informational = false;
};

inline constexpr Policy kServedPolicy{.facets = kServedFacets};

// An agent logs in every 15 minutes and stops after two refusals: fewer answers, far apart.
inline constexpr Policy kLoginPolicy{.facets = kLoginFacets,
                                     .probable_votes = 2,
                                     .single_votes = 3,
                                     .lifetime_ms = 3 * kHourMs,
                                     .asks_probes = false};

inline constexpr Policy kCertificatePolicy{.facets = kCertificateFacets,
                                           .lifetime_ms = kHourMs,
                                           .asks_probes = false,
                                           .is_informational = true};

// A port is told to be blocked after three full connect failures of one agent, each while something
// else answered it within these seconds. Each failure may be loss, so that two agents need four
// each, one agent two more than for other changes.
inline constexpr std::int64_t kWitnessMs = 10 * kSecondMs;
inline constexpr std::size_t kConnectFailures = 3;
inline constexpr std::size_t kBlockedVotesEach = 4;
inline constexpr std::size_t kBlockedExtraSingle = 2;

// What one agent alone cannot reach may be its own line for some minutes.
inline constexpr std::int64_t kBlockedSingleSpanMs = 4 * kMinuteMs;

// A server that restarts refuses connections for a few seconds: its RSTs must span longer.
inline constexpr std::int64_t kRefusedSpanMs = 20 * kSecondMs;

// Answers in a row before a facet belongs to the rule, or answers at all.
inline constexpr std::uint8_t kLearnVotes = 3;
inline constexpr std::size_t kLearnAnswers = 20;

// A rule that has stood for few answers is no firm ground: pools with differing members show runs,
// so that what would replace it needs more votes, and more again for what was cancelled before.
inline constexpr std::size_t kYoungAnswers = 10;
inline constexpr std::size_t kYoungExtra = 9;
inline constexpr std::size_t kSteadyAnswers = 30;
inline constexpr std::size_t kUnsteadyExtra = 4;
inline constexpr std::size_t kExtraPerCancellation = 2;
inline constexpr std::size_t kMaxExtra = 14;

// Where several agents look, one agent's repetition is told as probable only when the others had
// this long to contradict it.
inline constexpr std::int64_t kProbablePatienceMs = 45 * kSecondMs;

// Pools: more than this share of contradiction within an hour makes a set of rules.
inline constexpr std::int64_t kPoolWindowMs = kHourMs;
inline constexpr std::int64_t kPoolSliceMs = 5 * kMinuteMs;
// Of the hour, in which a member must show, and in which the rule so far must show as well: a
// change that is long in being confirmed is no pool.
inline constexpr std::size_t kPoolLeastSlices = 5;
inline constexpr std::size_t kPoolPercent = 10;
inline constexpr std::size_t kPoolLeastAnswers = 20;
inline constexpr std::size_t kPoolLeastCancellations = 3;
inline constexpr std::size_t kMemberPercent = 5;
inline constexpr std::size_t kMemberLeastAnswers = 3;
inline constexpr std::size_t kNewMemberLeastAnswers = 6;
inline constexpr std::size_t kMaxMembers = 8;
inline constexpr std::uint8_t kMemberIdleWindows = 2;  // not seen for so long: no member any more

}  // namespace relaywatch::collector::detect
