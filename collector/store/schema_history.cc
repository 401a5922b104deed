#include "collector/store/schema_history.h"

#include <fmt/format.h>

#include "collector/store/chunk.h"
#include "collector/store/stage_columns.h"

namespace relaywatch::collector {
namespace {

// The recursion is kTimingScale's. Columns of words stay in the order of WordColumn.
constexpr const char* kTables = R"sql(
CREATE TABLE word(digits TEXT PRIMARY KEY, value INTEGER, us INTEGER) WITHOUT ROWID;
INSERT INTO word WITH RECURSIVE w(value, us) AS (
  SELECT 0, 0 UNION ALL SELECT value + 1, us + max(1, (us * 33 + 5000) / 10000) FROM w
  WHERE value < 4095) SELECT printf('%03X', value), value, nullif(us, 0) FROM w;
CREATE TABLE segment(id INTEGER PRIMARY KEY, first_ms INTEGER, last_ms INTEGER, results INTEGER);
CREATE TABLE chunk(id INTEGER PRIMARY KEY, epoch INTEGER, count INTEGER, time_ms INTEGER,
  time_step INTEGER, seq INTEGER, seq_step INTEGER, outcome INTEGER, time_low BLOB, time_high BLOB,
  seq_low BLOB, seq_high BLOB, outcome_low BLOB, outcome_high BLOB, flags BLOB, {stages});
CREATE TABLE state(segment INTEGER PRIMARY KEY, first_ms INTEGER, last_ms INTEGER, runs BLOB);
CREATE TABLE hot_state(upto INTEGER PRIMARY KEY, first_ms INTEGER, last_ms INTEGER, runs BLOB);
CREATE TABLE hot_place(upto INTEGER PRIMARY KEY, first_ms INTEGER, last_ms INTEGER, places BLOB);
INSERT INTO meta VALUES('folded_upto', 0), ('next_segment', 1);
)sql";

// One result row, `r`, with its series: of the hot table.
constexpr const char* kHot = R"sql(
  SELECT r.epoch AS epoch, r.seq AS seq, r.time_ms AS time_ms, r.outcome AS outcome,
    r.flags AS flags, {stages},
    s.location AS location, s.endpoint AS endpoint, s.host AS host, s.port AS port,
    s.protocol AS protocol, s.security AS security, s.address AS address,
    r.time_ms AS period_first_ms, r.time_ms AS period_last_ms
  FROM result r JOIN series s ON s.id = r.series
  WHERE r.id > (SELECT value FROM meta WHERE key = 'folded_upto'))sql";

// The same of a chunk, for each of its words. The order of the tables is the planner's best for any
// filter, and it cannot know that: segments by their time, then series, then what lies there.
constexpr const char* kFolded = R"sql(
  SELECT c.epoch AS epoch,
    c.seq + n.value * c.seq_step + {seq_low} + {seq_high} * 4096 AS seq,
    c.time_ms + n.value * c.time_step + {time_low} + {time_high} * 4096 AS time_ms,
    c.outcome + {outcome_low} + {outcome_high} * 4096 AS outcome, {flags} AS flags, {stages},
    s.location AS location, s.endpoint AS endpoint, s.host AS host, s.port AS port,
    s.protocol AS protocol, s.security AS security, s.address AS address,
    g.first_ms AS period_first_ms, g.last_ms AS period_last_ms
  FROM segment g CROSS JOIN series s
    CROSS JOIN chunk c ON c.id BETWEEN (g.id << {segment_shift}) + (s.id << {series_shift})
                               AND (g.id << {segment_shift}) + (s.id << {series_shift}) + {last_part}
    CROSS JOIN word n ON n.digits < printf('%03X', c.count))sql";

constexpr const char* kResults = R"sql(SELECT
  a.name AS agent, printf('%016x', e.epoch) AS epoch, r.seq AS seq,
  strftime('%Y-%m-%dT%H:%M:%S', r.time_ms / 1000, 'unixepoch') ||
    printf('.%03dZ', r.time_ms % 1000) AS time,
  r.time_ms AS time_ms, r.location AS location, r.endpoint AS endpoint, r.host AS host,
  r.port AS port, p.text AS protocol, c.text AS security, r.address AS address,
  r.outcome AS outcome, g.text AS stage, r.flags & 1 AS moved,
  iif(r.flags & 4, 1, 0) AS captive_portal,
  iif(r.flags & 2, 'backlog', 'live') AS lane,
  {stages}, {total} AS total_us,
  r.period_first_ms AS period_first_ms, r.period_last_ms AS period_last_ms
FROM ({source}) r
  CROSS JOIN epoch e ON e.id = r.epoch CROSS JOIN agent a ON a.id = e.agent
  CROSS JOIN outcome o ON o.id = r.outcome
  CROSS JOIN label p ON p.kind = 'protocol' AND p.value = r.protocol
  CROSS JOIN label c ON c.kind = 'security' AND c.value = r.security
  CROSS JOIN label g ON g.kind = 'stage' AND g.value = o.stage)sql";

std::string Word(std::string_view column) {
  return fmt::format(
      "ifnull((SELECT value FROM word WHERE digits = substr(hex(c.{}), 3 * n.value + 1, 3)), 0)",
      column);
}

std::string Folded() {
  return fmt::format(
      kFolded, fmt::arg("seq_low", Word("seq_low")), fmt::arg("seq_high", Word("seq_high")),
      fmt::arg("time_low", Word("time_low")), fmt::arg("time_high", Word("time_high")),
      fmt::arg("outcome_low", Word("outcome_low")), fmt::arg("outcome_high", Word("outcome_high")),
      fmt::arg("flags", Word("flags")),
      fmt::arg("stages", ForEachStage(", ",
                                      "(SELECT us FROM word WHERE digits = "
                                      "substr(hex(c.{0}), 3 * n.value + 1, 3)) AS {0}")),
      fmt::arg("segment_shift", kSeriesBits + kPartBits), fmt::arg("series_shift", kPartBits),
      fmt::arg("last_part", kMaxParts - 1));
}

std::string Results(const std::string& source) {
  return fmt::format(kResults, fmt::arg("stages", ForEachStage(", ", "r.{0} AS {0}")),
                     fmt::arg("total", ForEachStage(" + ", "ifnull(r.{}, 0)")),
                     fmt::arg("source", source));
}

}  // namespace

std::string HistoryTablesSql() {
  return fmt::format(kTables, fmt::arg("stages", ForEachStage(", ", "{} BLOB")));
}

std::string HistoryViewsSql() {
  const std::string hot = fmt::format(kHot, fmt::arg("stages", ForEachStage(", ", "r.{0} AS {0}")));
  return "CREATE VIEW results AS " + Results(hot) + "\nUNION ALL\n" + Results(Folded()) + ";\n";
}

}  // namespace relaywatch::collector
