#include "collector/store/state_board.h"

#include <algorithm>

namespace relaywatch::collector {

void StateBoard::Add(std::int64_t series, std::span<const Run> runs) {
  Known& known = known_.try_emplace(series, Known{{0, -1, 0}}).first->second;
  if (runs.empty()) known.unclear = true;
  for (const Run& run : runs) Add(known, run);
}

void StateBoard::Add(std::int64_t series, std::int64_t time_ms, std::int64_t outcome) {
  const Run run{time_ms, time_ms, outcome};
  Add(series, std::span(&run, 1));
}

void StateBoard::Add(Known& known, Run run) const {
  if (run.start_ms > at_ms_ || run.last_ms < since_ms_) return;
  run.last_ms = std::min(run.last_ms, at_ms_);
  if (known.run.last_ms < 0) {
    known.run = run;
  } else if (run.outcome != known.run.outcome) {
    if (run.start_ms > known.run.last_ms) {
      known.before_ms = known.run.last_ms;
      known.run = run;
    } else if (run.last_ms < known.run.start_ms) {
      known.before_ms = std::max(known.before_ms, run.last_ms);
    } else {
      known.unclear = true;
    }
  } else if (run.start_ms > known.before_ms) {
    known.run.start_ms = std::min(known.run.start_ms, run.start_ms);
    known.run.last_ms = std::max(known.run.last_ms, run.last_ms);
  } else if (run.last_ms >= known.before_ms) {
    known.unclear = true;
  }
}

std::vector<std::int64_t> StateBoard::Unclear() const {
  std::vector<std::int64_t> series;
  for (const auto& [id, known] : known_) {
    if (known.unclear) series.push_back(id);
  }
  return series;
}

std::vector<StateAt> StateBoard::States() const {
  std::vector<StateAt> states;
  states.reserve(known_.size());
  for (const auto& [id, known] : known_) {
    if (known.unclear || known.run.last_ms < 0) continue;
    states.push_back({id, known.run.outcome, known.run.start_ms, known.run.last_ms});
  }
  std::ranges::sort(states, {}, &StateAt::series);
  return states;
}

}  // namespace relaywatch::collector
