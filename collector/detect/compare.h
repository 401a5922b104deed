// The same endpoint and port in the same minutes, seen from elsewhere: is it the server's policy,
// the network on the way, or this agent alone? The cause is argued, not guessed: what changes only
// inside verified TLS cannot be edited on the way, so the server did it; what a middlebox is known
// to do (block, strip STARTTLS, mask, answer in the server's place) and only some places see, the
// way did. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/detect/difference.h"
#include "collector/detect/rule.h"
#include "collector/detect/sighting.h"

namespace relaywatch::collector::detect {

struct View {
  std::string location;
  std::string agent_name;
  Vote vote;
  Rule rule;
};

struct Question {
  std::string location;                // which place's difference is to be explained
  std::optional<std::uint32_t> agent;  // and whose, where it is one agent's
  std::optional<Rule> before;          // what was in force there, where it changed
  Surroundings surroundings;
  FacetMask facets = kServedFacets;
};

enum class Cause : std::uint8_t {
  kUnknown,       // nobody else looked, or nobody agrees
  kNoDifference,  // everybody sees the same
  kServerPolicy,
  kNetworkPath,
  kThisAgentOnly,
};
std::string_view Label(Cause cause);

struct Comparison {
  Cause cause = Cause::kUnknown;
  FacetMask different = 0;
  std::string words;
  std::vector<Vote> here;       // the evidence on both sides
  std::vector<Vote> elsewhere;  // what differs from it; the rest of the agreement for kServerPolicy
};

// `views` are of one endpoint and port within the same minutes, any number of locations and agents.
Comparison Compare(const Question& question, const std::vector<View>& views);

}  // namespace relaywatch::collector::detect
