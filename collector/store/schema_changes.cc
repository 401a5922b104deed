#include "collector/store/schema_changes.h"

#include <fmt/format.h>

#include <string_view>

#include "collector/detect/change.h"
#include "collector/detect/grouping.h"

namespace relaywatch::collector {

// A time that is not yet is NULL: nothing has such a time, rather than 1970.
const char* const kChangeViews = R"sql(
DROP VIEW IF EXISTS change_evidence; DROP VIEW IF EXISTS changes; DROP VIEW IF EXISTS rule_history;
CREATE VIEW rule_history AS SELECT
  r.location AS location, r.endpoint AS endpoint, r.port AS port, p.text AS protocol,
  t.text AS track,
  strftime('%Y-%m-%dT%H:%M:%S', r.valid_from_ms / 1000, 'unixepoch') ||
    printf('.%03dZ', r.valid_from_ms % 1000) AS valid_from,
  strftime('%Y-%m-%dT%H:%M:%S', r.valid_to_ms / 1000, 'unixepoch') ||
    printf('.%03dZ', r.valid_to_ms % 1000) AS valid_to,
  r.valid_from_ms AS valid_from_ms, r.valid_to_ms AS valid_to_ms, nullif(r.outcome, 0) AS outcome,
  r.rules AS rule
FROM rule r
  JOIN label p ON p.kind = 'protocol' AND p.value = r.protocol
  JOIN label t ON t.kind = 'track' AND t.value = r.track;
CREATE VIEW changes AS SELECT
  c.id AS id, nullif(c.incident, 0) AS incident, g.text AS scope, i.words AS incident_words,
  c.location AS location, c.endpoint AS endpoint, c.port AS port, p.text AS protocol,
  t.text AS track, s.text AS state,
  (SELECT group_concat(k.text) FROM (SELECT text FROM label
     WHERE kind = 'change_kind' AND (c.kinds >> value) & 1 ORDER BY value) k) AS kinds,
  c.informational AS informational, c.pool AS pool, c.before AS before, c.after AS after,
  c.words AS words,
  (SELECT group_concat(n.name) FROM (SELECT DISTINCT a.name AS name FROM evidence e
     JOIN agent a ON a.id = e.agent WHERE e.change = c.id ORDER BY a.name) n) AS agents,
  strftime('%Y-%m-%dT%H:%M:%S', c.since_ms / 1000, 'unixepoch') ||
    printf('.%03dZ', c.since_ms % 1000) AS since,
  c.since_ms AS since_ms, c.decided_ms AS decided_ms, nullif(c.told_ms, 0) AS told_ms,
  c.open <> 0 AS open, nullif(c.resolved_ms, 0) AS resolved_ms,
  nullif(c.resolved_by, 0) AS resolved_by, nullif(c.accepted_ms, 0) AS accepted_ms
FROM change c
  LEFT JOIN incident i ON i.id = c.incident
  JOIN label g ON g.kind = 'change_scope' AND g.value = ifnull(i.scope, 0)
  JOIN label p ON p.kind = 'protocol' AND p.value = c.protocol
  JOIN label t ON t.kind = 'track' AND t.value = c.track
  JOIN label s ON s.kind = 'change_state' AND s.value = c.state;
CREATE VIEW change_evidence AS SELECT
  e.change AS change, a.name AS agent,
  strftime('%Y-%m-%dT%H:%M:%S', e.time_ms / 1000, 'unixepoch') ||
    printf('.%03dZ', e.time_ms % 1000) AS time,
  e.time_ms AS time_ms, nullif(e.outcome, 0) AS outcome
FROM evidence e JOIN agent a ON a.id = e.agent;
)sql";

namespace {

template <typename Enum>
std::string Rows(std::string_view kind, std::size_t count) {
  std::string rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows += fmt::format("INSERT OR REPLACE INTO label VALUES('{}', {}, '{}');\n", kind, i,
                        detect::Label(static_cast<Enum>(i)));
  }
  return rows;
}

}  // namespace

std::string ChangeLabels() {
  return Rows<detect::TrackId>("track", detect::kTrackCount) +
         Rows<detect::ChangeState>("change_state", detect::kChangeStateCount) +
         Rows<detect::Scope>("change_scope", detect::kScopeCount) +
         Rows<detect::ChangeKind>("change_kind", detect::kChangeKindCount);
}

}  // namespace relaywatch::collector
