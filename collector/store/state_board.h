// The state of every series at one moment, put together from runs and results in whatever order
// they were stored in. Thread-compatible.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "collector/store/reader.h"
#include "collector/store/runs.h"

namespace relaywatch::collector {

class StateBoard {
 public:
  // Results from `since_ms` to `at_ms` count, both included.
  StateBoard(std::int64_t since_ms, std::int64_t at_ms) : since_ms_(since_ms), at_ms_(at_ms) {}

  // All runs of a series in one piece of the store, in their order; none: unclear.
  void Add(std::int64_t series, std::span<const Run> runs);
  // One result that votes.
  void Add(std::int64_t series, std::int64_t time_ms, std::int64_t outcome);

  // The series whose runs contradict each other: their results must be read.
  std::vector<std::int64_t> Unclear() const;
  // The others, by series.
  std::vector<StateAt> States() const;

 private:
  struct Known {
    Run run;                      // last_ms < 0: none
    std::int64_t before_ms = -1;  // the last result known that saw another outcome
    bool unclear = false;
  };
  void Add(Known& known, Run run) const;

  std::int64_t since_ms_;
  std::int64_t at_ms_;
  absl::flat_hash_map<std::int64_t, Known> known_;
};

}  // namespace relaywatch::collector
