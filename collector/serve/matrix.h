// The newest live result of every (location, endpoint, port): what `relaywatch matrix` shows. Told
// by the writer after each commit, rebuilt from the store at the start. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "collector/ingest/dictionary.h"
#include "relaywatch/v1/plan.pb.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

struct MatrixEntry {
  std::shared_ptr<const SeriesRow> series;
  std::int64_t time_ms = 0;
  std::shared_ptr<const JudgedOutcome> outcome;
};

class Matrix {
 public:
  // Which profiles an endpoint is judged by from now on.
  void Use(std::shared_ptr<const v1::Plan> plan);
  void Update(const std::vector<MatrixEntry>& entries);

  v1::MatrixResponse Answer(const v1::Filter& filter) const;
  std::vector<MatrixEntry> Entries() const;

 private:
  using Key = std::tuple<std::string, std::string, std::uint32_t>;
  mutable std::mutex mutex_;
  std::map<Key, MatrixEntry> entries_;
  std::shared_ptr<const v1::Plan> plan_;
};

}  // namespace relaywatch::collector
