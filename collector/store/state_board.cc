#include "collector/store/state_board.h"

#include <algorithm>
#include <utility>

namespace relaywatch::collector {

void StateBoard::Add(std::int64_t series, std::span<const Run> runs) {
  Known& known = known_[static_cast<std::size_t>(series)];
  if (runs.empty()) known.unclear = true;
  for (const Run& run : runs) Add(known, run);
}

void StateBoard::Add(std::int64_t series, std::int64_t time_ms, std::int64_t outcome) {
  const Run run{time_ms, time_ms, outcome};
  Add(series, std::span(&run, 1));
}

void StateBoard::Add(Known& known, Run run) const {
  if (run.start_ms > at_ms_ || run.last_ms < since_ms_) return;
  const bool goes_on = run.last_ms > at_ms_;
  run.last_ms = std::min(run.last_ms, at_ms_);
  if (known.run.last_ms < 0) {
    known.run = run;
    known.goes_on = goes_on;
  } else if (run.outcome == known.run.outcome) {
    Join(known, run);
    known.goes_on = known.goes_on || goes_on;
  } else if (run.start_ms > known.run.last_ms) {
    known = {run, known.run.last_ms, goes_on, known.unclear};
  } else if (run.last_ms < known.run.start_ms) {
    known.before_ms = std::max(known.before_ms, run.last_ms);
  } else if (known.goes_on || goes_on || run.last_ms == known.run.last_ms) {
    known.unclear = true;
  } else {
    if (run.last_ms > known.run.last_ms) std::swap(run, known.run);
    known.before_ms = std::max(known.before_ms, run.last_ms);
    known.run.start_ms = std::max(known.run.start_ms, run.last_ms + 1);
  }
}

// Only what came after the last of another outcome counts.
void StateBoard::Join(Known& known, const Run& run) {
  if (run.last_ms <= known.before_ms) return;
  known.run.start_ms = std::min(known.run.start_ms, std::max(run.start_ms, known.before_ms + 1));
  known.run.last_ms = std::max(known.run.last_ms, run.last_ms);
}

std::vector<std::int64_t> StateBoard::Unclear() const {
  std::vector<std::int64_t> series;
  for (std::size_t id = 0; id < known_.size(); ++id) {
    if (known_[id].unclear) series.push_back(static_cast<std::int64_t>(id));
  }
  return series;
}

std::vector<StateAt> StateBoard::States() const {
  std::vector<StateAt> states;
  states.reserve(known_.size());
  for (std::size_t id = 0; id < known_.size(); ++id) {
    const Known& known = known_[id];
    if (known.unclear || known.run.last_ms < 0) continue;
    states.push_back(
        {static_cast<std::int64_t>(id), known.run.outcome, known.run.start_ms, known.run.last_ms});
  }
  return states;
}

}  // namespace relaywatch::collector
