// What one commit writes, as plain values. Identifiers are given out by the writer (ingest), not by
// the database, so that a commit that failed can be tried again as it is.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "collector/detect/change.h"
#include "collector/detect/grouping.h"
#include "common/taxonomy.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector {

// One way to one server from one place; `address` is empty where none was found.
struct SeriesKey {
  std::string location;
  std::string endpoint;
  std::string host;
  v1::Protocol protocol = v1::PROTOCOL_UNSPECIFIED;
  v1::Security security = v1::SECURITY_UNSPECIFIED;
  std::uint32_t port = 0;
  std::string address;

  bool operator==(const SeriesKey&) const = default;
};

struct SeriesRow {
  std::int64_t id = 0;
  SeriesKey key;
};

struct OutcomeRow {
  std::int64_t id = 0;
  std::string digest;  // SHA-256 of the normalised facts
  std::string facts;   // serialised
  v1::Stage stage = v1::STAGE_UNSPECIFIED;
  std::int64_t first_seen_ms = 0;
};

struct ProfileRow {
  std::int64_t id = 0;
  std::string name;
  std::string definition;  // changes when the profile, or the judge, judges differently
  std::int64_t since_ms = 0;
};

struct JudgementRow {
  std::int64_t outcome = 0;
  std::int64_t profile = 0;
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  v1::Stage stage = v1::STAGE_UNSPECIFIED;
  bool auth_judged = false;

  bool operator==(const JudgementRow&) const = default;
};

// Takes the place of one that says otherwise, which is kept as what held until then.
struct RejudgementRow {
  JudgementRow now;
  std::int64_t at_ms = 0;
};

struct AgentRow {
  std::int64_t id = 0;
  std::string name;
  std::int64_t last_seen_ms = 0;
  std::string location;
};

struct EpochRow {
  std::int64_t id = 0;
  std::int64_t agent = 0;
  std::uint64_t epoch = 0;
  std::uint64_t high_water_mark = 0;  // everything up to here is stored or a recorded gap
  std::uint64_t stamp = 0;  // common/result_stamp.h of the result there; 0: a gap, or not known
};

inline constexpr std::uint32_t kMoved = 1;    // does not vote
inline constexpr std::uint32_t kBacklog = 2;  // came late, never counted live
inline constexpr std::uint32_t kPortal = 4;   // a captive portal answered; does not vote

struct ResultRow {
  std::int64_t epoch = 0;
  std::uint64_t seq = 0;
  std::int64_t series = 0;
  std::int64_t time_ms = 0;  // start of the probe, milliseconds since the Unix epoch
  std::int64_t outcome = 0;
  std::uint32_t flags = 0;
  std::array<std::uint32_t, kStageCount> stage_us{};  // 0: the stage did not run
};

struct GapRow {
  std::int64_t epoch = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  v1::GapReason reason = v1::GAP_REASON_UNSPECIFIED;
  std::int64_t recorded_ms = 0;
};

// The newest live result of a series.
struct LatestRow {
  std::int64_t series = 0;
  std::int64_t time_ms = 0;
  std::int64_t outcome = 0;
};

// One rule for as long as it was in force, for one track of a (location, endpoint, port, protocol).
// The detector's words: collector/detect; the text: watch/rule_text.h.
struct RuleRow {
  std::int64_t id = 0;
  detect::KeyName key;
  detect::TrackId track = detect::TrackId::kServed;
  std::int64_t valid_from_ms = 0;
  std::int64_t outcome = 0;  // that shows it; 0: a pool, or not known
  std::string rules;
};

// The rule of another row took its place.
struct RuleEnd {
  std::int64_t id = 0;
  std::int64_t valid_to_ms = 0;
};

// What of a change can change itself. Times are milliseconds since the epoch; 0: not yet.
struct ChangeStatus {
  std::int64_t id = 0;
  detect::ChangeState state = detect::ChangeState::kProbable;
  std::int64_t decided_ms = 0;
  std::int64_t told_ms = 0;  // 0: not for telling, or kept quiet while its key flaps
  // The facets in which what it brought is still in force; 0: none, nothing is left to be done.
  detect::FacetMask open = 0;
  std::int64_t resolved_ms = 0;  // the rule is again what it was before
  std::int64_t resolved_by = 0;  // the change that brought it back; its own id: it did so itself
  std::int64_t accepted_ms = 0;  // an operator said that it shall be so
};

struct EvidenceRow {
  std::int64_t agent = 0;
  std::int64_t time_ms = 0;
  std::int64_t outcome = 0;
};

struct ChangeRow {
  ChangeStatus status;
  std::int64_t incident = 0;  // 0: none
  detect::KeyName key;
  detect::TrackId track = detect::TrackId::kServed;
  detect::KindMask kinds = 0;
  bool is_informational = false;
  bool is_pool = false;
  std::string before;  // as in rule history
  std::string after;
  std::string words;
  std::int64_t since_ms = 0;
  std::vector<EvidenceRow> evidence;
};

// Changes with one cause (detect/grouping.h), as large as it is by now.
struct IncidentRow {
  std::int64_t id = 0;  // of its first change
  detect::Scope scope = detect::Scope::kPlace;
  detect::KindMask kinds = 0;
  std::string words;
  std::int64_t since_ms = 0;
  std::int64_t last_ms = 0;
};

// All or nothing. Rows with an id that is known already replace what they name (agents, epochs,
// profiles, judgements, latest, rules, changes, incidents, meta); the others are new. Rules are
// written before they end, changes before their status.
struct CommitSet {
  std::vector<AgentRow> agents;
  std::vector<EpochRow> epochs;
  std::vector<SeriesRow> series;
  std::vector<ProfileRow> profiles;
  std::vector<OutcomeRow> outcomes;
  std::vector<JudgementRow> judgements;
  std::vector<RejudgementRow> rejudgements;
  std::vector<ResultRow> results;
  std::vector<GapRow> gaps;
  std::vector<LatestRow> latest;
  bool latest_complete = false;  // `latest` now tells all results up to the end of this commit
  std::vector<RuleRow> rules;
  std::vector<RuleEnd> rule_ends;
  std::vector<ChangeRow> changes;
  std::vector<ChangeStatus> change_status;
  std::vector<IncidentRow> incidents;
  std::vector<std::pair<std::string, std::string>> meta;

  bool empty() const {
    return agents.empty() && epochs.empty() && series.empty() && profiles.empty() &&
           outcomes.empty() && judgements.empty() && rejudgements.empty() && results.empty() &&
           gaps.empty() && latest.empty() && rules.empty() && rule_ends.empty() &&
           changes.empty() && change_status.empty() && incidents.empty() && meta.empty() &&
           !latest_complete;
  }
  // Keeps the memory for the next group.
  void Clear();
};

}  // namespace relaywatch::collector
