// The state of every series at one moment, put together from runs and results in whatever order
// they were stored in. Thread-compatible.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "collector/store/reader.h"
#include "collector/store/runs.h"

namespace relaywatch::collector {

class StateBoard {
 public:
  // Results from `since_ms` to `at_ms` count, both included; `last_series` is the highest that is.
  StateBoard(std::int64_t since_ms, std::int64_t at_ms, std::int64_t last_series)
      : since_ms_(since_ms), at_ms_(at_ms), known_(static_cast<std::size_t>(last_series + 1)) {}

  bool Has(std::int64_t series) const {
    return series >= 0 && series < static_cast<std::int64_t>(known_.size());
  }

  // Of series that it has. All runs of one in one piece of the store; none: too many to be kept.
  void Add(std::int64_t series, std::span<const Run> runs);
  // One result that votes.
  void Add(std::int64_t series, std::int64_t time_ms, std::int64_t outcome);

  // The series whose runs do not tell: their results must be read.
  std::vector<std::int64_t> Unclear() const;
  // The others, by series.
  std::vector<StateAt> States() const;

 private:
  struct Known {
    Run run{0, -1, 0};            // the newest; last_ms < 0: none
    std::int64_t before_ms = -1;  // the last result known that saw another outcome
    bool goes_on = false;         // behind the moment: its last result before that is not known
    bool unclear = false;
  };
  void Add(Known& known, Run run) const;
  static void Join(Known& known, const Run& run);

  std::int64_t since_ms_;
  std::int64_t at_ms_;
  // By series: they are counted from 1, and what is walked in order is found in the cache.
  std::vector<Known> known_;
};

}  // namespace relaywatch::collector
