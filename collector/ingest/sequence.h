// The rule that turns "at least once on the wire" into "exactly once in the store": what to do with
// the numbers first..last of an epoch of which everything up to `high_water_mark` is durable.
// Pure; thread-safe.
#pragma once

#include <cstdint>

namespace relaywatch::collector {

enum class SequenceAction {
  kDuplicate,  // nothing new: acknowledge again
  kAppend,     // from Placement::from on
  kRewind,     // a hole before it: ask for high_water_mark + 1
};

struct Placement {
  SequenceAction action = SequenceAction::kDuplicate;
  std::uint64_t from = 0;  // the first number to store; only with kAppend
};

// An empty range (last = first - 1) is a duplicate.
constexpr Placement Place(std::uint64_t high_water_mark, std::uint64_t first, std::uint64_t last) {
  if (last <= high_water_mark || last < first) return {SequenceAction::kDuplicate, 0};
  if (first > high_water_mark + 1) return {SequenceAction::kRewind, 0};
  return {SequenceAction::kAppend, high_water_mark + 1};
}

}  // namespace relaywatch::collector
