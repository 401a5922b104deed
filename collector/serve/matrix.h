// The newest live result of every (location, endpoint, port): what `relaywatch matrix` shows. Told
// by the writer after each commit, rebuilt from the store at the start. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "collector/query/judging.h"
#include "collector/query/matrix_answer.h"

namespace relaywatch::collector {

class Matrix {
 public:
  // What everything is judged by from now on.
  void Use(Judging judging);
  // Entries whose `since_ms` is 0 begin a run, unless they go on with the one that is there.
  void Update(const std::vector<MatrixEntry>& entries);

  Judging judging() const;
  // Ordered by location, endpoint, port.
  std::vector<MatrixEntry> Entries() const;

 private:
  using Key = std::tuple<std::string, std::string, std::uint32_t>;
  mutable std::mutex mutex_;
  std::map<Key, MatrixEntry> entries_;
  Judging judging_;
};

}  // namespace relaywatch::collector
