// What the detector tells, as plain values: for the store, for metrics and alerts, and for agents.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "collector/detect/rule_book.h"
#include "collector/detect/sighting.h"
#include "relaywatch/v1/taxonomy.pb.h"

namespace relaywatch::collector::detect {

using KeyId = std::uint32_t;

// One row of rule history hangs on this: how one place finds one service.
struct KeyName {
  std::string location;
  std::string endpoint;
  std::uint32_t port = 0;
  v1::Protocol protocol = v1::PROTOCOL_UNSPECIFIED;

  bool operator==(const KeyName&) const = default;
};

// The three histories of a key: what every probe sees, what only a login sees, the certificate.
enum class TrackId : std::uint8_t { kServed, kLogin, kCertificate };
inline constexpr std::size_t kTrackCount = 3;
std::string_view Label(TrackId track);

// Agents to probe a key again, now.
struct ProbeOrder {
  KeyId key = 0;
  std::vector<std::uint32_t> agents;
  std::uint32_t times = 0;  // each
  std::int64_t within_ms = 0;
};

// The rule in force from `valid_from_ms` on: closes the row before it where `closes` is set, else
// replaces it (more is known now, and nothing has changed).
struct HistoryRow {
  KeyId key = 0;
  TrackId track = TrackId::kServed;
  bool closes = false;
  std::int64_t valid_from_ms = 0;
  std::int64_t outcome = 0;  // that shows it; 0: a pool
  std::vector<RulePtr> rules;
};

enum class ChangeState : std::uint8_t { kProbable, kConfirmed, kCancelled };
inline constexpr std::size_t kChangeStateCount = 3;
std::string_view Label(ChangeState state);

struct ChangeEvent {
  std::uint64_t id = 0;  // the same for probable and what becomes of it
  KeyId key = 0;
  TrackId track = TrackId::kServed;
  ChangeState state = ChangeState::kProbable;
  KindMask kinds = 0;
  bool is_informational = false;  // a certificate: no rule changed
  bool is_pool = false;           // several rules at once are involved
  std::vector<RulePtr> before;
  std::vector<RulePtr> after;
  std::string words;
  std::vector<Vote> evidence;  // what showed the new rule; before it was `before`
  std::int64_t since_ms = 0;   // the first answer that showed it
  std::int64_t decided_ms = 0;
};

using Action = std::variant<ProbeOrder, HistoryRow, ChangeEvent>;

}  // namespace relaywatch::collector::detect
