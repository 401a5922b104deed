// How long a server goes on relaying for whoever logged in by POP3: when to look again, and what
// the answers say. Told as an interval that is true whatever the answers took: from the start of
// the last dialogue that was still let through to the end of the first that was not. Pure;
// thread-compatible.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "agent/probe/probe.h"

namespace relaywatch::probe {

class PopWindowTracker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // The login made a difference that is worth watching: a recipient was refused before it, and
  // accepted after it.
  static bool IsOpen(const v1::Facts& facts);

  // For such facts. The dialogue that logged in lasted from `login_began` to `login_ended`.
  PopWindowTracker(const v1::Facts& facts, const PopWindowWatch& watch, TimePoint login_began,
                   TimePoint login_ended);

  // When to look again; nullopt: it closed, or was watched for as long as was asked. Pauses double
  // from one to the next, up to half a minute.
  std::optional<TimePoint> NextVisit(TimePoint now);
  // A dialogue after the login. Only the code that the recipient was refused with before says that
  // the window closed: another one, and a server that cannot be reached, say nothing.
  void Add(const v1::RelayCells& seen, TimePoint began, TimePoint ended);

  const PopWindow& window() const { return window_; }

 private:
  using Cell = const v1::RelayCell& (v1::RelayCells::*)() const;
  static Cell OpenedCell(const v1::Facts& facts);

  const Cell cell_;
  const std::uint32_t refusal_;
  const TimePoint login_began_;
  const TimePoint login_ended_;
  const TimePoint end_;
  std::chrono::milliseconds pause_;
  bool is_last_ = false;
  PopWindow window_;
};

}  // namespace relaywatch::probe
