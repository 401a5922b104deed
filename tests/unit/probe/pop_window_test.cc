#include "agent/probe/pop_window.h"

#include <gtest/gtest.h>

#include <vector>

namespace relaywatch::probe {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using TimePoint = PopWindowTracker::TimePoint;

constexpr std::uint32_t kRefusal = 554;

v1::RelayCells Foreign(v1::CellState state, std::uint32_t code = 0) {
  v1::RelayCells cells;
  cells.mutable_foreign()->set_state(state);
  if (code != 0) cells.mutable_foreign()->mutable_reply()->set_code(code);
  return cells;
}

v1::RelayCells Accepted() { return Foreign(v1::CELL_STATE_ACCEPTED); }
v1::RelayCells Refused(std::uint32_t code = kRefusal) {
  return Foreign(v1::CELL_STATE_REFUSED, code);
}

// The login took from 100 s to 101 s.
class PopWindowTest : public ::testing::Test {
 protected:
  static TimePoint At(milliseconds time) { return TimePoint(time); }

  static v1::Facts Opened() {
    v1::Facts facts;
    *facts.mutable_anonymous() = Refused();
    *facts.mutable_after_pop_login() = Accepted();
    return facts;
  }

  static PopWindowTracker Tracker(seconds duration) {
    return {Opened(), {.duration = duration}, At(seconds(100)), At(seconds(101))};
  }
};

TEST_F(PopWindowTest, IsOpenWhereTheLoginMadeADifference) {
  v1::Facts facts = Opened();
  EXPECT_TRUE(PopWindowTracker::IsOpen(facts));
  *facts.mutable_anonymous() = Accepted();
  EXPECT_FALSE(PopWindowTracker::IsOpen(facts));
  *facts.mutable_anonymous() = Refused();
  *facts.mutable_after_pop_login() = Refused();
  EXPECT_FALSE(PopWindowTracker::IsOpen(facts));
}

TEST_F(PopWindowTest, LooksAgainAfterPausesThatDouble) {
  PopWindowTracker tracker = Tracker(seconds(200));
  TimePoint now = At(seconds(101));
  std::vector<int> visits;  // seconds after the login
  while (const auto next = tracker.NextVisit(now)) {
    now = *next;
    visits.push_back(static_cast<int>((now - At(seconds(101))) / seconds(1)));
  }
  EXPECT_EQ(visits, (std::vector{1, 3, 7, 15, 31, 61, 91, 121, 151, 181, 200}));
}

TEST_F(PopWindowTest, LeavesTheServerItsPauseAfterASlowAnswer) {
  PopWindowTracker tracker = Tracker(seconds(200));
  ASSERT_EQ(tracker.NextVisit(At(seconds(101))), At(seconds(102)));
  EXPECT_EQ(tracker.NextVisit(At(seconds(122))), At(seconds(124)));
}

TEST_F(PopWindowTest, IsAnIntervalThatHoldsWhateverAnswersTook) {
  PopWindowTracker tracker = Tracker(seconds(200));
  tracker.Add(Accepted(), At(milliseconds(104'900)), At(milliseconds(106'000)));
  EXPECT_EQ(tracker.window().open, seconds(3));
  EXPECT_FALSE(tracker.window().closed);
  tracker.Add(Refused(), At(milliseconds(108'000)), At(milliseconds(108'100)));
  EXPECT_EQ(tracker.window().open, seconds(3));
  EXPECT_EQ(tracker.window().closed, seconds(9));
}

TEST_F(PopWindowTest, IsNotWatchedOnceItClosed) {
  PopWindowTracker tracker = Tracker(seconds(200));
  tracker.Add(Refused(), At(seconds(102)), At(seconds(103)));
  EXPECT_FALSE(tracker.NextVisit(At(seconds(103))));
}

TEST_F(PopWindowTest, IsNotClosedByAnotherRefusalNorByNoAnswer) {
  PopWindowTracker tracker = Tracker(seconds(200));
  tracker.Add(Refused(450), At(seconds(104)), At(seconds(105)));
  tracker.Add({}, At(seconds(106)), At(seconds(107)));
  EXPECT_EQ(tracker.window().open, seconds(0));
  EXPECT_FALSE(tracker.window().closed);
}

TEST_F(PopWindowTest, IsThatOfTheOwnRecipientWhereOnlyThatOneOpened) {
  v1::Facts facts;
  facts.mutable_anonymous()->mutable_own()->set_state(v1::CELL_STATE_REFUSED);
  facts.mutable_after_pop_login()->mutable_own()->set_state(v1::CELL_STATE_ACCEPTED);
  PopWindowTracker tracker(facts, {.duration = seconds(9)}, At(seconds(0)), At(seconds(0)));
  v1::RelayCells seen;
  seen.mutable_own()->set_state(v1::CELL_STATE_REFUSED);
  tracker.Add(seen, At(seconds(4)), At(seconds(5)));
  EXPECT_EQ(tracker.window().closed, seconds(5));
}

}  // namespace
}  // namespace relaywatch::probe
