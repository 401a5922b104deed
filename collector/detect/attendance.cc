#include "collector/detect/attendance.h"

#include <algorithm>

namespace relaywatch::collector::detect {
namespace {

constexpr std::size_t kSeats = 16;
constexpr std::size_t kMaxFailures = 8;

}  // namespace

Attendance::Seat* Attendance::Find(std::uint32_t agent, std::int64_t time_ms) {
  for (Seat& seat : seats_) {
    if (seat.agent == agent) return &seat;
  }
  if (seats_.size() < kSeats) {
    Seat& seat = seats_.emplace_back();
    seat.agent = agent;
    return &seat;
  }
  const auto stalest =
      std::min_element(seats_.begin(), seats_.end(),
                       [](const Seat& a, const Seat& b) { return a.heard_ms < b.heard_ms; });
  if (time_ms - stalest->heard_ms < away_ms_) return nullptr;
  *stalest = {.agent = agent};
  return &*stalest;
}

void Attendance::Spoke(std::uint32_t agent, std::int64_t time_ms) {
  last_spoke_ms_ = std::max(last_spoke_ms_, time_ms);
  Seat* seat = Find(agent, time_ms);
  if (seat == nullptr) return;
  seat->heard_ms = std::max(seat->heard_ms, time_ms);
  seat->failures.clear();
}

const std::vector<Vote>* Attendance::Failed(const Vote& vote) {
  Seat* seat = Find(vote.agent, vote.time_ms);
  if (seat == nullptr) return nullptr;
  // An agent that was away did not fail in a row.
  const bool is_in_a_row =
      !seat->failures.empty() && vote.time_ms - seat->failures.back().time_ms < away_ms_;
  if (!is_in_a_row) seat->failures.clear();
  if (seat->failures.size() >= kMaxFailures) seat->failures.erase(seat->failures.begin());
  seat->failures.push_back(vote);
  return &seat->failures;
}

void Attendance::Heard(std::uint32_t agent, std::int64_t time_ms) {
  if (Seat* seat = Find(agent, time_ms)) seat->heard_ms = std::max(seat->heard_ms, time_ms);
}

std::size_t Attendance::Present(std::int64_t now_ms) const {
  return static_cast<std::size_t>(
      std::count_if(seats_.begin(), seats_.end(),
                    [&](const Seat& seat) { return now_ms - seat.heard_ms < away_ms_; }));
}

std::vector<std::uint32_t> Attendance::Choose(std::uint32_t first, std::size_t most,
                                              std::int64_t now_ms) const {
  std::vector<const Seat*> seats;
  for (const Seat& seat : seats_) {
    if (seat.agent != first && now_ms - seat.heard_ms < away_ms_) seats.push_back(&seat);
  }
  std::sort(seats.begin(), seats.end(),
            [](const Seat* a, const Seat* b) { return a->heard_ms > b->heard_ms; });
  std::vector<std::uint32_t> chosen{first};
  for (const Seat* seat : seats) {
    if (chosen.size() < most) chosen.push_back(seat->agent);
  }
  return chosen;
}

}  // namespace relaywatch::collector::detect
