// What was judged when: `judgement` holds what holds now; what it said before, wherever that
// differed, and what every profile meant since when, are kept beside it.
#pragma once

namespace relaywatch::collector {

// The verdicts of an older file count as given since ever.
inline constexpr const char* kJudgementTables = R"sql(
CREATE TABLE profile_version(profile INTEGER, since_ms INTEGER, definition TEXT,
  PRIMARY KEY(profile, since_ms)) WITHOUT ROWID;
INSERT INTO profile_version SELECT id, 0, definition FROM profile;
CREATE TABLE past_judgement(outcome INTEGER, profile INTEGER, until_ms INTEGER, verdict INTEGER,
  stage INTEGER, auth_judged INTEGER, PRIMARY KEY(outcome, profile, until_ms)) WITHOUT ROWID;
)sql";

// A judgement held from the end of the one before it, the first one from the profile's beginning.
inline constexpr const char* kJudgementViews = R"sql(
DROP VIEW IF EXISTS judgements_then; DROP VIEW IF EXISTS judged_then;
DROP VIEW IF EXISTS profile_versions;
CREATE VIEW profile_versions AS
SELECT p.name AS profile, v.since_ms AS since_ms, v.definition AS definition
FROM profile_version v JOIN profile p ON p.id = v.profile;
CREATE VIEW judgements_then AS
WITH every AS (
  SELECT outcome, profile, verdict, stage, auth_judged, until_ms FROM past_judgement
  UNION ALL
  SELECT outcome, profile, verdict, stage, auth_judged, NULL FROM judgement)
SELECT j.outcome AS outcome, p.name AS profile, v.text AS verdict, g.text AS stage,
  j.auth_judged AS auth_judged,
  coalesce((SELECT max(b.until_ms) FROM past_judgement b WHERE b.outcome = j.outcome
              AND b.profile = j.profile AND (j.until_ms IS NULL OR b.until_ms < j.until_ms)),
           (SELECT min(since_ms) FROM profile_version f WHERE f.profile = j.profile)) AS since_ms,
  j.until_ms AS until_ms
FROM every j JOIN profile p ON p.id = j.profile
  JOIN label v ON v.kind = 'verdict' AND v.value = j.verdict
  JOIN label g ON g.kind = 'stage' AND g.value = j.stage;
CREATE VIEW judged_then AS SELECT
  r.agent AS agent, r.epoch AS epoch, r.seq AS seq, r.time AS time, r.time_ms AS time_ms,
  r.location AS location, r.endpoint AS endpoint, r.host AS host, r.port AS port,
  r.protocol AS protocol, r.security AS security, r.address AS address, r.outcome AS outcome,
  r.moved AS moved, r.captive_portal AS captive_portal, r.lane AS lane, j.profile AS profile,
  j.verdict AS verdict, j.stage AS stage, j.auth_judged AS auth_judged
FROM results r JOIN judgements_then j ON j.outcome = r.outcome
  AND j.since_ms <= r.time_ms AND (j.until_ms IS NULL OR r.time_ms < j.until_ms);
)sql";

}  // namespace relaywatch::collector
