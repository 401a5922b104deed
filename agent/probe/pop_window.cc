#include "agent/probe/pop_window.h"

#include <algorithm>

namespace relaywatch::probe {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kLongestPause{30'000};

}  // namespace

// nullptr where the login opened none.
PopWindowTracker::Cell PopWindowTracker::OpenedCell(const v1::Facts& facts) {
  for (const Cell cell : {&v1::RelayCells::foreign, &v1::RelayCells::own}) {
    if ((facts.anonymous().*cell)().state() == v1::CELL_STATE_REFUSED &&
        (facts.after_pop_login().*cell)().state() == v1::CELL_STATE_ACCEPTED) {
      return cell;
    }
  }
  return nullptr;
}

bool PopWindowTracker::IsOpen(const v1::Facts& facts) { return OpenedCell(facts) != nullptr; }

PopWindowTracker::PopWindowTracker(const v1::Facts& facts, const PopWindowWatch& watch,
                                   TimePoint login_began, TimePoint login_ended)
    : cell_(OpenedCell(facts)),
      refusal_((facts.anonymous().*cell_)().reply().code()),
      login_began_(login_began),
      login_ended_(login_ended),
      end_(login_ended + watch.duration),
      pause_(watch.first_pause) {}

std::optional<PopWindowTracker::TimePoint> PopWindowTracker::NextVisit(TimePoint now) {
  if (window_.closed || is_last_) return std::nullopt;
  const TimePoint next = std::min(now + pause_, end_);
  pause_ = std::min(2 * pause_, kLongestPause);
  is_last_ = next == end_;
  return next;
}

void PopWindowTracker::Add(const v1::RelayCells& seen, TimePoint began, TimePoint ended) {
  const v1::RelayCell& cell = (seen.*cell_)();
  if (cell.state() == v1::CELL_STATE_ACCEPTED) {
    window_.open = std::chrono::floor<seconds>(began - login_ended_);
  } else if (cell.state() == v1::CELL_STATE_REFUSED && cell.reply().code() == refusal_) {
    window_.closed = std::chrono::ceil<seconds>(ended - login_began_);
  }
}

}  // namespace relaywatch::probe
