#include "collector/store/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "collector/store/gap_reason.h"
#include "collector/store/schema_changes.h"
#include "collector/store/schema_history.h"
#include "collector/store/schema_judgement.h"
#include "collector/store/schema_rollup.h"
#include "collector/store/stage_columns.h"
#include "common/taxonomy.h"

namespace relaywatch::collector {
namespace {

// "rwch": tells our files from others (SQLite's file header keeps it).
constexpr int kApplicationId = 0x72776368;

// A result row is integers only and is appended, never looked up: no index slows it down as the
// table grows. Everything that repeats is a row of its own elsewhere.
constexpr const char* kTables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE label(kind TEXT, value INTEGER, text TEXT, PRIMARY KEY(kind, value)) WITHOUT ROWID;
CREATE TABLE agent(id INTEGER PRIMARY KEY, name TEXT UNIQUE, last_seen_ms INTEGER, location TEXT);
CREATE TABLE epoch(id INTEGER PRIMARY KEY, agent INTEGER, epoch INTEGER, hwm INTEGER,
  stamp INTEGER DEFAULT 0, UNIQUE(agent, epoch));
CREATE TABLE series(id INTEGER PRIMARY KEY, location TEXT, endpoint TEXT, host TEXT,
  protocol INTEGER, security INTEGER, port INTEGER, address TEXT,
  UNIQUE(location, endpoint, port, host, protocol, security, address));
CREATE TABLE outcome(id INTEGER PRIMARY KEY, digest BLOB UNIQUE, facts BLOB, stage INTEGER,
  first_seen_ms INTEGER);
CREATE TABLE profile(id INTEGER PRIMARY KEY, name TEXT UNIQUE, definition TEXT);
CREATE TABLE judgement(outcome INTEGER, profile INTEGER, verdict INTEGER, stage INTEGER,
  auth_judged INTEGER, PRIMARY KEY(outcome, profile)) WITHOUT ROWID;
CREATE TABLE result(id INTEGER PRIMARY KEY, epoch INTEGER, seq INTEGER, series INTEGER,
  time_ms INTEGER, outcome INTEGER, flags INTEGER, {columns});
CREATE TABLE gap(epoch INTEGER, first_seq INTEGER, last_seq INTEGER, reason INTEGER,
  recorded_ms INTEGER);
CREATE TABLE latest(series INTEGER PRIMARY KEY, time_ms INTEGER, outcome INTEGER);
)sql";

// Made anew at every start: they grow columns, and hold nothing.
constexpr const char* kViews = R"sql(
DROP VIEW IF EXISTS judged; DROP VIEW IF EXISTS results; DROP VIEW IF EXISTS judgements;
DROP VIEW IF EXISTS gaps;
{results}CREATE VIEW judgements AS SELECT
  j.outcome AS outcome, p.name AS profile, v.text AS verdict, g.text AS stage,
  j.auth_judged AS auth_judged
FROM judgement j JOIN profile p ON p.id = j.profile
  JOIN label v ON v.kind = 'verdict' AND v.value = j.verdict
  JOIN label g ON g.kind = 'stage' AND g.value = j.stage;
CREATE VIEW judged AS SELECT
  r.agent AS agent, r.epoch AS epoch, r.seq AS seq, r.time AS time, r.time_ms AS time_ms,
  r.location AS location, r.endpoint AS endpoint, r.host AS host, r.port AS port,
  r.protocol AS protocol, r.security AS security, r.address AS address, r.outcome AS outcome,
  r.moved AS moved, r.captive_portal AS captive_portal, r.lane AS lane, j.profile AS profile, j.verdict AS verdict, j.stage AS stage,
  j.auth_judged AS auth_judged
FROM results r JOIN judgements j ON j.outcome = r.outcome;
CREATE VIEW gaps AS SELECT
  a.name AS agent, printf('%016x', e.epoch) AS epoch, g.first_seq AS first_seq,
  g.last_seq AS last_seq, r.text AS reason, g.recorded_ms AS recorded_ms
FROM gap g JOIN epoch e ON e.id = g.epoch JOIN agent a ON a.id = e.agent
  JOIN label r ON r.kind = 'gap_reason' AND r.value = g.reason;
)sql";

template <typename Enum>
std::string LabelRows(std::string_view kind, int max) {
  std::string rows;
  for (int i = 0; i <= max; ++i) {
    rows += fmt::format("INSERT OR REPLACE INTO label VALUES('{}', {}, '{}');\n", kind, i,
                        Label(static_cast<Enum>(i)));
  }
  return rows;
}

// The vocabulary may have grown since the file was made, so it is written at every start.
std::string Labels() {
  return LabelRows<v1::Protocol>("protocol", v1::Protocol_MAX) +
         LabelRows<v1::Security>("security", v1::Security_MAX) +
         LabelRows<v1::Stage>("stage", v1::Stage_MAX) +
         LabelRows<v1::Verdict>("verdict", v1::Verdict_MAX) +
         LabelRows<v1::GapReason>("gap_reason", v1::GapReason_MAX) + ChangeLabels();
}

// What version 3 brought.
std::string Additions() {
  return HistoryTablesSql() + kRollupTables + kJudgementTables + kChangeTables;
}

std::string CreateSql() {
  return fmt::format(kTables, fmt::arg("columns", ForEachStage(", ", "{} INTEGER"))) + Additions() +
         fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplicationId,
                     kSchemaVersion);
}

// What makes a file of version i + 1 one of version i + 2.
using Migration = std::string (*)();
constexpr Migration kMigrations[] = {
    []() -> std::string { return "ALTER TABLE epoch ADD COLUMN stamp INTEGER DEFAULT 0"; },
    Additions,
};
static_assert(std::size(kMigrations) == kSchemaVersion - 1);

absl::Status Migrate(sqlite::Database& database, std::int64_t from) {
  for (std::int64_t version = from; version < kSchemaVersion; ++version) {
    auto done = database.Execute(kMigrations[version - 1]());
    if (!done.ok()) return done;
  }
  return database.Execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
}

std::string ViewsSql() {
  return fmt::format(kViews, fmt::arg("results", HistoryViewsSql())) + kRollupViews +
         kJudgementViews + kChangeViews;
}

}  // namespace

absl::Status PrepareSchema(sqlite::Database& database) {
  const auto version = database.Integer("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto application = database.Integer("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const auto objects = database.Integer("SELECT count(*) FROM sqlite_schema");
  if (!objects.ok()) return objects.status();
  if (*objects != 0 && *application != kApplicationId) {
    return absl::InvalidArgumentError("is not a Relaywatch database");
  }
  if (*version > kSchemaVersion) {
    return absl::FailedPreconditionError(fmt::format(
        "has schema version {}, newer than this program's {}", *version, kSchemaVersion));
  }
  auto transaction = sqlite::Transaction::Begin(database);
  if (!transaction.ok()) return transaction.status();
  if (*objects == 0) {
    if (auto created = database.Execute(CreateSql()); !created.ok()) return created;
  } else if (*version < kSchemaVersion) {
    if (auto migrated = Migrate(database, std::max<std::int64_t>(*version, 1)); !migrated.ok()) {
      return migrated;
    }
  }
  if (auto views = database.Execute(ViewsSql()); !views.ok()) return views;
  if (auto labels = database.Execute(Labels()); !labels.ok()) return labels;
  return transaction->Commit();
}

}  // namespace relaywatch::collector
