// What the store reads: at the start everything it needs, later only names that fell out of a
// cache.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "collector/store/sqlite_store.h"
#include "collector/store/statements.h"

namespace relaywatch::collector {
namespace {

using sqlite::Statement;

// The newest live result of each series: what `latest` says, overtaken by the rows behind it. MAX()
// with bare columns takes them from the row of the maximum (SQLite's documented extension).
constexpr const char* kLatest = R"sql(
WITH tail AS (
  SELECT series, max(id), time_ms, outcome FROM result
  WHERE id > ifnull((SELECT value FROM meta WHERE key = 'latest_upto'), 0) AND flags = 0
  GROUP BY series)
SELECT s.id, s.location, s.endpoint, s.host, s.protocol, s.security, s.port, s.address,
       n.time_ms, n.outcome
FROM (SELECT series, time_ms, outcome FROM tail
      UNION ALL
      SELECT series, time_ms, outcome FROM latest WHERE series NOT IN (SELECT series FROM tail)) n
JOIN series s ON s.id = n.series)sql";

LatestState ReadLatestRow(const Statement& row) {
  LatestState state;
  state.series.id = row.Integer(0);
  SeriesKey& key = state.series.key;
  key.location = row.Text(1);
  key.endpoint = row.Text(2);
  key.host = row.Text(3);
  key.protocol = static_cast<v1::Protocol>(row.Integer(4));
  key.security = static_cast<v1::Security>(row.Integer(5));
  key.port = static_cast<std::uint32_t>(row.Integer(6));
  key.address = row.Text(7);
  state.time_ms = row.Integer(8);
  state.outcome = row.Integer(9);
  return state;
}

// Every row of a query that is asked once, so that its statement need not be kept.
template <typename Row, typename Convert>
absl::StatusOr<std::vector<Row>> ReadAll(sqlite::Database& database, std::string_view sql,
                                         Convert convert) {
  auto statement = Statement::Prepare(database, sql);
  if (!statement.ok()) return statement.status();
  std::vector<Row> rows;
  auto read = statement->ForEachRow([&] { rows.push_back(convert(*statement)); });
  if (!read.ok()) return read;
  return rows;
}

// The first row of a statement, which is then reset; nullopt where there is none.
template <typename Value, typename Convert>
absl::StatusOr<std::optional<Value>> ReadOne(Statement& statement, Convert convert) {
  const auto row = statement.Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::optional<Value>();
  std::optional<Value> value(convert(statement));
  statement.Reset();
  return value;
}

std::int64_t FirstColumn(const Statement& row) { return row.Integer(0); }

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore::Statements>> SqliteStore::Statements::Prepare(
    sqlite::Database& database) {
  absl::Status failure;
  const auto prepare = [&](const char* sql) -> absl::StatusOr<Statement> {
    auto statement = Statement::Prepare(database, sql);
    if (!statement.ok()) failure.Update(statement.status());
    return statement;
  };
  absl::StatusOr<Statement> all[] = {
      prepare("INSERT OR REPLACE INTO agent VALUES(?, ?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO epoch(id, agent, epoch, hwm, stamp) VALUES(?, ?, ?, ?, ?)"),
      prepare("INSERT INTO series VALUES(?, ?, ?, ?, ?, ?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO profile VALUES(?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO profile_version VALUES(?, ?, ?)"),
      prepare("INSERT INTO outcome VALUES(?, ?, ?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO judgement VALUES(?, ?, ?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO past_judgement SELECT outcome, profile, ?3, verdict, stage, "
              "auth_judged FROM judgement WHERE outcome = ?1 AND profile = ?2"),
      prepare("INSERT INTO result SELECT NULL, * FROM incoming"),
      prepare("INSERT INTO gap VALUES(?, ?, ?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO latest VALUES(?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO meta VALUES(?, ?)"),
      prepare("INSERT OR REPLACE INTO rule VALUES(?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)"),
      prepare("UPDATE rule SET valid_to_ms = ? WHERE id = ?"),
      prepare(
          "INSERT OR REPLACE INTO change VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
          "?, ?, ?, ?, ?)"),
      prepare(
          "UPDATE change SET state = ?, decided_ms = ?, told_ms = ?, open = ?, resolved_ms = ?, "
          "resolved_by = ?, accepted_ms = ? WHERE id = ?"),
      prepare("DELETE FROM evidence WHERE change = ?"),
      prepare("INSERT OR IGNORE INTO evidence VALUES(?, ?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO incident VALUES(?, ?, ?, ?, ?, ?)"),
      prepare("SELECT id, hwm, stamp FROM epoch WHERE agent = ? AND epoch = ?"),
      prepare("SELECT id FROM series WHERE location = ? AND endpoint = ? AND port = ? AND host = ? "
              "AND protocol = ? AND security = ? AND address = ?"),
      prepare("SELECT id FROM outcome WHERE digest = ?"),
      prepare("SELECT facts FROM outcome WHERE id = ?"),
      prepare("SELECT value FROM meta WHERE key = ?"),
  };
  if (!failure.ok()) return failure;
  std::size_t i = 0;
  const auto next = [&]() { return *std::move(all[i++]); };
  // Braces evaluate from left to right: the order of the members.
  return std::unique_ptr<Statements>(
      new Statements{next(), next(), next(), next(), next(), next(), next(), next(),
                     next(), next(), next(), next(), next(), next(), next(), next(),
                     next(), next(), next(), next(), next(), next(), next(), next()});
}

absl::StatusOr<LastIds> SqliteStore::ReadLastIds() {
  LastIds ids;
  const std::pair<const char*, std::int64_t*> kinds[] = {
      {"agent", &ids.agent},     {"epoch", &ids.epoch},     {"series", &ids.series},
      {"profile", &ids.profile}, {"outcome", &ids.outcome}, {"rule", &ids.rule},
      {"change", &ids.change}};
  for (const auto& [table, id] : kinds) {
    const auto last = database_.Integer(fmt::format("SELECT max(id) FROM {}", table));
    if (!last.ok()) return last.status();
    *id = *last;
  }
  return ids;
}

absl::StatusOr<std::vector<AgentRow>> SqliteStore::ReadAgents() {
  return ReadAll<AgentRow>(database_, "SELECT id, name, last_seen_ms, location FROM agent",
                           [](const Statement& row) {
                             return AgentRow{row.Integer(0), std::string(row.Text(1)),
                                             row.Integer(2), std::string(row.Text(3))};
                           });
}

absl::StatusOr<std::vector<ProfileRow>> SqliteStore::ReadProfiles() {
  return ReadAll<ProfileRow>(
      database_, "SELECT id, name, definition FROM profile", [](const Statement& row) {
        return ProfileRow{row.Integer(0), std::string(row.Text(1)), std::string(row.Text(2))};
      });
}

absl::StatusOr<std::vector<LatestState>> SqliteStore::ReadLatest() {
  return ReadAll<LatestState>(database_, kLatest, ReadLatestRow);
}

absl::StatusOr<std::string> SqliteStore::ReadMeta(std::string_view key) {
  statements_->read_meta.BindText(1, key);
  auto value = ReadOne<std::string>(statements_->read_meta,
                                    [](const Statement& row) { return std::string(row.Text(0)); });
  if (!value.ok()) return value.status();
  return value->value_or("");
}

absl::StatusOr<std::optional<EpochRow>> SqliteStore::FindEpoch(std::int64_t agent,
                                                               std::uint64_t epoch) {
  statements_->find_epoch.Bind(1, agent).Bind(2, static_cast<std::int64_t>(epoch));
  return ReadOne<EpochRow>(statements_->find_epoch, [&](const Statement& row) {
    return EpochRow{row.Integer(0), agent, epoch, static_cast<std::uint64_t>(row.Integer(1)),
                    static_cast<std::uint64_t>(row.Integer(2))};
  });
}

absl::StatusOr<std::optional<std::int64_t>> SqliteStore::FindSeries(const SeriesKey& key) {
  auto& find = statements_->find_series;
  find.BindText(1, key.location).BindText(2, key.endpoint).Bind(3, key.port);
  find.BindText(4, key.host).Bind(5, key.protocol).Bind(6, key.security);
  return ReadOne<std::int64_t>(find.BindText(7, key.address), FirstColumn);
}

absl::StatusOr<std::optional<std::int64_t>> SqliteStore::FindOutcome(std::string_view digest) {
  return ReadOne<std::int64_t>(statements_->find_outcome.BindBlob(1, digest), FirstColumn);
}

absl::StatusOr<std::string> SqliteStore::ReadFacts(std::int64_t outcome) {
  auto facts = ReadOne<std::string>(statements_->read_facts.Bind(1, outcome),
                                    [](const Statement& row) { return std::string(row.Blob(0)); });
  if (!facts.ok()) return facts.status();
  if (!facts->has_value()) {
    return absl::NotFoundError(fmt::format("outcome {} is not in the store", outcome));
  }
  return **std::move(facts);
}

absl::Status SqliteStore::ForEachOutcome(std::int64_t after, std::int64_t limit,
                                         const OutcomeVisitor& visit) {
  auto statement = Statement::Prepare(
      database_, "SELECT id, facts FROM outcome WHERE id > ? ORDER BY id LIMIT ?");
  if (!statement.ok()) return statement.status();
  statement->Bind(1, after).Bind(2, limit);
  return statement->ForEachRow([&] { visit(statement->Integer(0), statement->Blob(1)); });
}

absl::StatusOr<std::vector<JudgementRow>> SqliteStore::ReadJudgements(std::int64_t first,
                                                                      std::int64_t last) {
  return ReadAll<JudgementRow>(
      database_,
      fmt::format("SELECT outcome, profile, verdict, stage, auth_judged FROM judgement "
                  "WHERE outcome BETWEEN {} AND {} ORDER BY outcome, profile",
                  first, last),
      [](const Statement& row) {
        return JudgementRow{row.Integer(0), row.Integer(1),
                            static_cast<v1::Verdict>(row.Integer(2)),
                            static_cast<v1::Stage>(row.Integer(3)), row.Integer(4) != 0};
      });
}

}  // namespace relaywatch::collector
