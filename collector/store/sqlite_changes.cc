// Rule history and changes: how they are written, and what of them a restart needs.
#include <fmt/format.h>

#include <string>

#include "collector/store/sqlite_store.h"
#include "collector/store/statements.h"

namespace relaywatch::collector {
namespace {

using sqlite::Statement;

constexpr const char* kRulesInForce = R"sql(
SELECT id, location, endpoint, port, protocol, track, valid_from_ms, outcome, rules
FROM rule WHERE valid_to_ms IS NULL ORDER BY id)sql";

constexpr const char* kOpenChanges = R"sql(
SELECT id, state, decided_ms, told_ms, open, resolved_ms, resolved_by, accepted_ms, incident,
       location, endpoint, port, protocol, track, kinds, informational, pool, before, after, words,
       since_ms
FROM change WHERE open <> 0 ORDER BY id)sql";

std::string LastChangesSql() {
  return fmt::format(
      "SELECT location, endpoint, port, kinds, max(since_ms) FROM change WHERE state = {} "
      "GROUP BY location, endpoint, port, kinds",
      static_cast<int>(detect::ChangeState::kConfirmed));
}

// The text of four columns from `column` on.
detect::KeyName KeyAt(const Statement& row, int column) {
  return {.location = std::string(row.Text(column)),
          .endpoint = std::string(row.Text(column + 1)),
          .port = static_cast<std::uint32_t>(row.Integer(column + 2)),
          .protocol = static_cast<v1::Protocol>(row.Integer(column + 3))};
}

void BindKey(Statement& statement, int index, const detect::KeyName& key) {
  statement.BindText(index, key.location).BindText(index + 1, key.endpoint);
  statement.Bind(index + 2, key.port).Bind(index + 3, key.protocol);
}

std::int64_t Number(auto value) { return static_cast<std::int64_t>(value); }

RuleRow RuleOf(const Statement& row) {
  return {.id = row.Integer(0),
          .key = KeyAt(row, 1),
          .track = static_cast<detect::TrackId>(row.Integer(5)),
          .valid_from_ms = row.Integer(6),
          .outcome = row.Integer(7),
          .rules = std::string(row.Text(8))};
}

ChangeStatus StatusOf(const Statement& row) {
  return {.id = row.Integer(0),
          .state = static_cast<detect::ChangeState>(row.Integer(1)),
          .decided_ms = row.Integer(2),
          .told_ms = row.Integer(3),
          .open = static_cast<detect::FacetMask>(row.Integer(4)),
          .resolved_ms = row.Integer(5),
          .resolved_by = row.Integer(6),
          .accepted_ms = row.Integer(7)};
}

ChangeRow ChangeOf(const Statement& row) {
  return {.status = StatusOf(row),
          .incident = row.Integer(8),
          .key = KeyAt(row, 9),
          .track = static_cast<detect::TrackId>(row.Integer(13)),
          .kinds = static_cast<detect::KindMask>(row.Integer(14)),
          .is_informational = row.Integer(15) != 0,
          .is_pool = row.Integer(16) != 0,
          .before = std::string(row.Text(17)),
          .after = std::string(row.Text(18)),
          .words = std::string(row.Text(19)),
          .since_ms = row.Integer(20),
          .evidence = {}};
}

LastChange LastOf(const Statement& row) {
  return {.location = std::string(row.Text(0)),
          .endpoint = std::string(row.Text(1)),
          .port = static_cast<std::uint32_t>(row.Integer(2)),
          .kinds = static_cast<detect::KindMask>(row.Integer(3)),
          .since_ms = row.Integer(4)};
}

template <typename Row>
absl::Status ReadInto(sqlite::Database& database, const std::string& sql, std::vector<Row>& rows,
                      Row (*convert)(const Statement&)) {
  auto statement = Statement::Prepare(database, sql);
  if (!statement.ok()) return statement.status();
  return statement->ForEachRow([&] { rows.push_back(convert(*statement)); });
}

}  // namespace

absl::Status SqliteStore::WriteRules(const CommitSet& set) {
  for (const RuleRow& rule : set.rules) {
    auto& put = statements_->put_rule;
    put.Bind(1, rule.id);
    BindKey(put, 2, rule.key);
    put.Bind(6, Number(rule.track)).Bind(7, rule.valid_from_ms).Bind(8, rule.outcome);
    if (auto done = put.BindText(9, rule.rules).Run(); !done.ok()) return done;
  }
  for (const RuleEnd& end : set.rule_ends) {
    auto& write = statements_->end_rule;
    if (auto done = write.Bind(1, end.valid_to_ms).Bind(2, end.id).Run(); !done.ok()) return done;
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::WriteChanges(const CommitSet& set) {
  for (const ChangeRow& change : set.changes) {
    const ChangeStatus& status = change.status;
    auto& put = statements_->put_change;
    put.Bind(1, status.id).Bind(2, Number(status.state)).Bind(3, status.decided_ms);
    put.Bind(4, status.told_ms).Bind(5, Number(status.open)).Bind(6, status.resolved_ms);
    put.Bind(7, status.resolved_by).Bind(8, status.accepted_ms).Bind(9, change.incident);
    BindKey(put, 10, change.key);
    put.Bind(14, Number(change.track)).Bind(15, change.kinds);
    put.Bind(16, change.is_informational ? 1 : 0).Bind(17, change.is_pool ? 1 : 0);
    put.BindText(18, change.before).BindText(19, change.after).BindText(20, change.words);
    if (auto done = put.Bind(21, change.since_ms).Run(); !done.ok()) return done;
    // A probable change that was confirmed has more of it.
    if (auto done = statements_->drop_evidence.Bind(1, status.id).Run(); !done.ok()) return done;
    for (const EvidenceRow& evidence : change.evidence) {
      auto& add = statements_->add_evidence;
      add.Bind(1, status.id).Bind(2, evidence.agent).Bind(3, evidence.time_ms);
      if (auto done = add.Bind(4, evidence.outcome).Run(); !done.ok()) return done;
    }
  }
  for (const ChangeStatus& status : set.change_status) {
    auto& write = statements_->set_change_status;
    write.Bind(1, Number(status.state)).Bind(2, status.decided_ms).Bind(3, status.told_ms);
    write.Bind(4, Number(status.open)).Bind(5, status.resolved_ms).Bind(6, status.resolved_by);
    if (auto done = write.Bind(7, status.accepted_ms).Bind(8, status.id).Run(); !done.ok()) {
      return done;
    }
  }
  for (const IncidentRow& incident : set.incidents) {
    auto& put = statements_->put_incident;
    put.Bind(1, incident.id).Bind(2, Number(incident.scope)).Bind(3, incident.kinds);
    put.BindText(4, incident.words).Bind(5, incident.since_ms);
    if (auto done = put.Bind(6, incident.last_ms).Run(); !done.ok()) return done;
  }
  return absl::OkStatus();
}

absl::StatusOr<PolicyState> SqliteStore::ReadPolicy() {
  PolicyState state;
  auto read = ReadInto(database_, kRulesInForce, state.rules, RuleOf);
  if (!read.ok()) return read;
  read = ReadInto(database_, kOpenChanges, state.changes, ChangeOf);
  if (!read.ok()) return read;
  read = ReadInto(database_, LastChangesSql(), state.last_changes, LastOf);
  if (!read.ok()) return read;
  return state;
}

}  // namespace relaywatch::collector
