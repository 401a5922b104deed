// The names behind the store's numbers: series, agents and their epochs. Numbers only grow and
// never change their meaning, so that each look reads what is new. Confined to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "collector/store/rows.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

class Directory {
 public:
  struct Epoch {
    std::int64_t id = 0;
    std::uint64_t epoch = 0;
    const std::string* agent = nullptr;
  };

  // Any status of the database.
  absl::Status Refresh(sqlite::Database& database);

  // In the order of their numbers.
  const std::vector<std::unique_ptr<const SeriesRow>>& series() const { return series_; }
  const std::map<std::int64_t, std::string>& agents() const { return agents_; }
  const std::map<std::int64_t, Epoch>& epochs() const { return epochs_; }

  // Of all series.
  const std::set<std::string>& locations() const { return locations_; }
  const std::set<std::string>& endpoints() const { return endpoints_; }
  const std::set<std::uint32_t>& ports() const { return ports_; }

  // The ways to one port of an endpoint, from all places.
  const std::vector<const SeriesRow*>& SeriesTo(const std::string& endpoint,
                                                std::uint32_t port) const;

  // Null where the store has no such number.
  const SeriesRow* FindSeries(std::int64_t id) const;
  const Epoch* FindEpoch(std::int64_t id) const;

 private:
  absl::Status ReadSeries(sqlite::Database& database);
  absl::Status ReadAgents(sqlite::Database& database);
  absl::Status ReadEpochs(sqlite::Database& database);

  std::vector<std::unique_ptr<const SeriesRow>> series_;
  absl::flat_hash_map<std::int64_t, const SeriesRow*> series_by_id_;
  std::map<std::pair<std::string, std::uint32_t>, std::vector<const SeriesRow*>> by_service_;
  std::set<std::string> locations_;
  std::set<std::string> endpoints_;
  std::set<std::uint32_t> ports_;
  std::map<std::int64_t, std::string> agents_;
  std::map<std::int64_t, Epoch> epochs_;
};

}  // namespace relaywatch::collector
