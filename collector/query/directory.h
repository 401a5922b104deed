// The names behind the store's numbers: series, agents and their epochs. Numbers only grow and
// never change their meaning, so that each look reads what is new. Confined to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "collector/store/rows.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

// What a row of the matrix is about, in the order in which rows are told: location, endpoint, port.
using MatrixRowKey = std::tuple<std::string, std::string, std::uint32_t>;

inline MatrixRowKey RowKeyOf(const SeriesKey& key) {
  return {key.location, key.endpoint, key.port};
}

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

  // Several series may be of one row: a host has addresses.
  struct MatrixRow {
    std::size_t number = 0;             // counted from 0
    const SeriesRow* series = nullptr;  // the first of them
  };
  const std::map<MatrixRowKey, MatrixRow>& matrix_rows() const { return matrix_rows_; }

  // Of all series.
  const std::set<std::string>& locations() const { return locations_; }
  const std::set<std::string>& endpoints() const { return endpoints_; }
  const std::set<std::uint32_t>& ports() const { return ports_; }

  // The ways to one port of an endpoint, from all places.
  const std::vector<const SeriesRow*>& SeriesTo(const std::string& endpoint,
                                                std::uint32_t port) const;

  // Null where the store has no such number.
  const SeriesRow* FindSeries(std::int64_t id) const;
  // The number of the row that a series of the store is of.
  std::size_t MatrixRowOf(const SeriesRow& series) const {
    return by_id_[static_cast<std::size_t>(series.id)].row;
  }
  const Epoch* FindEpoch(std::int64_t id) const;

 private:
  absl::Status ReadSeries(sqlite::Database& database);
  absl::Status ReadAgents(sqlite::Database& database);
  absl::Status ReadEpochs(sqlite::Database& database);

  std::vector<std::unique_ptr<const SeriesRow>> series_;
  struct ById {
    const SeriesRow* series = nullptr;  // null: no such number
    std::size_t row = 0;
  };
  std::vector<ById> by_id_;  // numbers are counted from 1
  std::map<MatrixRowKey, MatrixRow> matrix_rows_;
  std::map<std::pair<std::string, std::uint32_t>, std::vector<const SeriesRow*>> by_service_;
  std::set<std::string> locations_;
  std::set<std::string> endpoints_;
  std::set<std::uint32_t> ports_;
  std::map<std::int64_t, std::string> agents_;
  std::map<std::int64_t, Epoch> epochs_;
};

}  // namespace relaywatch::collector
