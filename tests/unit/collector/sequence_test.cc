#include "collector/ingest/sequence.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::collector {
namespace {

struct Case {
  const char* name;
  std::uint64_t mark;
  std::uint64_t first;
  std::uint64_t last;
  SequenceAction action;
  std::uint64_t from;
};

constexpr Case kCases[] = {
    {"FirstOfANewEpoch", 0, 1, 200, SequenceAction::kAppend, 1},
    {"FollowsOnWhatIsDurable", 200, 201, 400, SequenceAction::kAppend, 201},
    {"RepeatedAsAWhole", 400, 201, 400, SequenceAction::kDuplicate, 0},
    {"RepeatedFromLongAgo", 400, 1, 1, SequenceAction::kDuplicate, 0},
    {"OverlapIsTrimmed", 400, 301, 500, SequenceAction::kAppend, 401},
    {"OverlapOfAllButOne", 400, 1, 401, SequenceAction::kAppend, 401},
    {"HoleOfOne", 400, 402, 500, SequenceAction::kRewind, 0},
    {"HoleAtTheStart", 0, 2, 2, SequenceAction::kRewind, 0},
    {"EmptyBehindTheMark", 400, 401, 400, SequenceAction::kDuplicate, 0},
    {"EmptyAndAhead", 400, 500, 499, SequenceAction::kDuplicate, 0},
};

class SequenceRule : public ::testing::TestWithParam<Case> {};

TEST_P(SequenceRule, Holds) {
  const Case& c = GetParam();
  const Placement placement = Place(c.mark, c.first, c.last);
  EXPECT_EQ(placement.action, c.action);
  EXPECT_EQ(placement.from, c.from);
}

INSTANTIATE_TEST_SUITE_P(Table, SequenceRule, ::testing::ValuesIn(kCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace relaywatch::collector
