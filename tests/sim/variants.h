// The answers that the simulated servers and networks give, read by the collector's own code from
// facts like those of real dialogues. Immutable after the first use; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "collector/detect/answer.h"

namespace relaywatch::sim {

// A rule that may be in force: what a whole dialogue shows, and what it shows when the foreign
// recipient is greylisted or put off.
struct Variant {
  std::string name;
  collector::detect::Answer answer;
  collector::detect::Answer greylisted;
  std::int64_t outcome = 0;
  std::int64_t greylisted_outcome = 0;
  std::int64_t lasts_ms = 0;  // the dialogue
};

// The first is what every server begins with. kBlocked is connect failures for everybody.
const std::vector<Variant>& Variants();
std::size_t BlockedVariant();

// An answer that tells nothing about the rule.
struct Passing {
  collector::detect::Answer answer;
  std::int64_t outcome = 0;
  std::int64_t lasts_ms = 0;
};
const std::vector<Passing>& Losses();        // timeouts, resets, at every stage
const std::vector<Passing>& StormReplies();  // 421 and 4xx before anything of the rule shows
const Passing& RestartRefusal();             // RST while the server starts anew

}  // namespace relaywatch::sim
