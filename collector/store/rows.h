// What one commit writes, as plain values. Identifiers are given out by the writer (ingest), not by
// the database, so that a commit that failed can be tried again as it is.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

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

// All or nothing. Rows with an id that is known already replace what they name (agents, epochs,
// profiles, judgements, latest, meta); the others are new.
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
  std::vector<std::pair<std::string, std::string>> meta;

  bool empty() const {
    return agents.empty() && epochs.empty() && series.empty() && profiles.empty() &&
           outcomes.empty() && judgements.empty() && rejudgements.empty() && results.empty() &&
           gaps.empty() && latest.empty() && meta.empty() && !latest_complete;
  }
  // Keeps the memory for the next group.
  void Clear();
};

}  // namespace relaywatch::collector
