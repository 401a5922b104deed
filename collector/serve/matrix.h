// The newest live result of every (location, endpoint, port): what `relaywatch matrix` shows. Told
// by the writer after each commit, rebuilt from the store at the start. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
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
  // The clock was put back: nothing was measured later than now.
  void GoBack(std::int64_t now_ms);

  Judging judging() const;
  // Ordered by location, endpoint, port.
  std::vector<MatrixEntry> Entries() const;
  // Of the present, or of the moment that is asked for.
  absl::StatusOr<v1::MatrixResponse> Answer(const v1::MatrixRequest& request,
                                            const Inquiry& inquiry) const;

 private:
  // As a MatrixSource has it.
  std::vector<MatrixEntry> Entries(const MatrixRowKey& from, PassesSeries passes,
                                   std::size_t limit) const;
  mutable std::mutex mutex_;
  std::map<MatrixRowKey, MatrixEntry> entries_;
  Judging judging_;
};

}  // namespace relaywatch::collector
