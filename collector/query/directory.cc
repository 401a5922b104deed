#include "collector/query/directory.h"

#include <iterator>
#include <utility>

#include "absl/functional/function_ref.h"

namespace relaywatch::collector {
namespace {

absl::Status ForEachRow(sqlite::Database& database, const char* sql, std::int64_t after,
                        absl::FunctionRef<void(const sqlite::Statement&)> visit) {
  auto rows = sqlite::Statement::Prepare(database, sql);
  if (!rows.ok()) return rows.status();
  rows->Bind(1, after);
  return rows->ForEachRow([&] { visit(*rows); });
}

}  // namespace

absl::Status Directory::Refresh(sqlite::Database& database) {
  if (auto read = ReadSeries(database); !read.ok()) return read;
  if (auto read = ReadAgents(database); !read.ok()) return read;
  return ReadEpochs(database);
}

absl::Status Directory::ReadSeries(sqlite::Database& database) {
  return ForEachRow(
      database,
      "SELECT id, location, endpoint, host, protocol, security, port, address FROM series "
      "WHERE id > ? ORDER BY id",
      series_.empty() ? 0 : series_.back()->id, [&](const sqlite::Statement& row) {
        auto series = std::make_unique<SeriesRow>();
        series->id = row.Integer(0);
        series->key = {.location = std::string(row.Text(1)),
                       .endpoint = std::string(row.Text(2)),
                       .host = std::string(row.Text(3)),
                       .protocol = static_cast<v1::Protocol>(row.Integer(4)),
                       .security = static_cast<v1::Security>(row.Integer(5)),
                       .port = static_cast<std::uint32_t>(row.Integer(6)),
                       .address = std::string(row.Text(7))};
        locations_.insert(series->key.location);
        endpoints_.insert(series->key.endpoint);
        ports_.insert(series->key.port);
        by_service_[{series->key.endpoint, series->key.port}].push_back(series.get());
        const auto place = matrix_rows_.try_emplace(RowKeyOf(series->key),
                                                    MatrixRow{matrix_rows_.size(), series.get()});
        by_id_.resize(static_cast<std::size_t>(series->id + 1));
        by_id_.back() = {series.get(), place.first->second.number};
        series_.push_back(std::move(series));
      });
}

absl::Status Directory::ReadAgents(sqlite::Database& database) {
  return ForEachRow(database, "SELECT id, name FROM agent WHERE id > ?",
                    agents_.empty() ? 0 : agents_.rbegin()->first,
                    [&](const sqlite::Statement& row) {
                      agents_.emplace(row.Integer(0), std::string(row.Text(1)));
                    });
}

absl::Status Directory::ReadEpochs(sqlite::Database& database) {
  return ForEachRow(
      database, "SELECT id, agent, epoch FROM epoch WHERE id > ?",
      epochs_.empty() ? 0 : epochs_.rbegin()->first, [&](const sqlite::Statement& row) {
        const auto agent = agents_.find(row.Integer(1));
        if (agent == agents_.end()) return;
        epochs_[row.Integer(0)] = {row.Integer(0), static_cast<std::uint64_t>(row.Integer(2)),
                                   &agent->second};
      });
}

const std::vector<const SeriesRow*>& Directory::SeriesTo(const std::string& endpoint,
                                                         std::uint32_t port) const {
  static const std::vector<const SeriesRow*> kNone;
  const auto found = by_service_.find({endpoint, port});
  return found == by_service_.end() ? kNone : found->second;
}

const SeriesRow* Directory::FindSeries(std::int64_t id) const {
  const bool is_known = id >= 0 && id < std::ssize(by_id_);
  return is_known ? by_id_[static_cast<std::size_t>(id)].series : nullptr;
}

const Directory::Epoch* Directory::FindEpoch(std::int64_t id) const {
  const auto found = epochs_.find(id);
  return found == epochs_.end() ? nullptr : &found->second;
}

}  // namespace relaywatch::collector
