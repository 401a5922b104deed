// Tables and views of what changed and when: rule history, changes, incidents (docs/schema.md).
#pragma once

#include <string>

namespace relaywatch::collector {

// A rule in force has no valid_to_ms. `open` is not 0 while a change is undecided, or while what it
// brought is in force and nobody has accepted it: few rows, found by an index of their own.
inline constexpr const char* kChangeTables = R"sql(
CREATE TABLE rule(id INTEGER PRIMARY KEY, location TEXT, endpoint TEXT, port INTEGER,
  protocol INTEGER, track INTEGER, valid_from_ms INTEGER, valid_to_ms INTEGER, outcome INTEGER,
  rules TEXT);
CREATE INDEX rule_of_key ON rule(location, endpoint, port, valid_from_ms);
CREATE INDEX rule_in_force ON rule(id) WHERE valid_to_ms IS NULL;
CREATE TABLE incident(id INTEGER PRIMARY KEY, scope INTEGER, kinds INTEGER, words TEXT,
  since_ms INTEGER, last_ms INTEGER);
CREATE TABLE change(id INTEGER PRIMARY KEY, state INTEGER, decided_ms INTEGER, told_ms INTEGER,
  open INTEGER, resolved_ms INTEGER, resolved_by INTEGER, accepted_ms INTEGER, incident INTEGER,
  location TEXT, endpoint TEXT, port INTEGER, protocol INTEGER, track INTEGER, kinds INTEGER,
  informational INTEGER, pool INTEGER, before TEXT, after TEXT, words TEXT, since_ms INTEGER);
CREATE INDEX change_of_key ON change(location, endpoint, port);
CREATE INDEX change_open ON change(id) WHERE open <> 0;
CREATE TABLE evidence(change INTEGER, agent INTEGER, time_ms INTEGER, outcome INTEGER,
  PRIMARY KEY(change, time_ms, agent, outcome)) WITHOUT ROWID;
)sql";

// Made anew at every start; needs ChangeLabels.
extern const char* const kChangeViews;

// INSERTs into `label` for states, scopes, tracks and kinds.
std::string ChangeLabels();

}  // namespace relaywatch::collector
