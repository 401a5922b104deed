// Where results live on after their raw rows are gone: one row holds the buckets of one series over
// one period (a day of five minutes, a week of hours). Series come first in the key, so that the
// history of one is in one place.
#pragma once

namespace relaywatch::collector {

// `counts` is JSON, [[outcome, first bucket, [count, count, …]], …], so that plain SQL can read it
// (view rollups); `stages` are the sketches of rollup_codec.h.
inline constexpr const char* kRollupTables = R"sql(
CREATE TABLE five_minutes(id INTEGER PRIMARY KEY, counts TEXT, stages BLOB);
CREATE TABLE hours(id INTEGER PRIMARY KEY, counts TEXT, stages BLOB);
)sql";

// The numbers are those of rollup_period.h. Only json_each: SQLite does not take json_extract for
// harmless in a view.
inline constexpr const char* kRollupViews = R"sql(
DROP VIEW IF EXISTS rollups;
CREATE VIEW rollups AS
WITH counted AS (
  SELECT 'five_minutes' AS level, f.id >> 20 AS series,
    (f.id & 1048575) * 86400000 + (i.value + c.key) * 300000 AS time_ms,
    o.value AS outcome, c.value AS count
  FROM five_minutes f, json_each(f.counts) r, json_each(r.value) o, json_each(r.value) i,
    json_each(r.value, '$[2]') c WHERE o.key = 0 AND i.key = 1
  UNION ALL
  SELECT 'hours', f.id >> 20, (f.id & 1048575) * 604800000 + (i.value + c.key) * 3600000,
    o.value, c.value
  FROM hours f, json_each(f.counts) r, json_each(r.value) o, json_each(r.value) i,
    json_each(r.value, '$[2]') c WHERE o.key = 0 AND i.key = 1)
SELECT r.level AS level, strftime('%Y-%m-%dT%H:%M:%SZ', r.time_ms / 1000, 'unixepoch') AS time,
  r.time_ms AS time_ms, s.location AS location, s.endpoint AS endpoint, s.host AS host,
  s.port AS port, p.text AS protocol, c.text AS security, s.address AS address,
  r.outcome AS outcome, r.count AS count
FROM counted r JOIN series s ON s.id = r.series
  JOIN label p ON p.kind = 'protocol' AND p.value = s.protocol
  JOIN label c ON c.kind = 'security' AND c.value = s.security
WHERE r.count > 0;
)sql";

}  // namespace relaywatch::collector
