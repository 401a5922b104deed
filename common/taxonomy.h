// The labels of the vocabulary in taxonomy.proto: "auth_mismatch" for VERDICT_AUTH_MISMATCH.
// One spelling for SQL, metric labels, JSON and the command line; the empty label is UNSPECIFIED.
// Thread-safe: the tables are built once and never change.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "relaywatch/v1/taxonomy.pb.h"

namespace relaywatch {

// Valid for the life of the process. Unknown numbers (a newer peer's) are labelled "unknown".
std::string_view Label(v1::Protocol value);
std::string_view Label(v1::Security value);
std::string_view Label(v1::Stage value);
std::string_view Label(v1::Verdict value);
std::string_view Label(v1::Ending value);
std::string_view Label(v1::Failure value);
std::string_view Label(v1::VerifyError value);
std::string_view Label(v1::RelayExpectation value);

// "untested" for UNSPECIFIED.
std::string_view Label(v1::CellState value);
std::string_view Label(v1::LoginState value);
std::string_view Label(v1::BlindAuthState value);

// The value of a label, nullopt for a label that nobody has (the empty one included).
std::optional<v1::Protocol> ParseProtocol(std::string_view label);
std::optional<v1::Security> ParseSecurity(std::string_view label);
std::optional<v1::Verdict> ParseVerdict(std::string_view label);
std::optional<v1::RelayExpectation> ParseRelayExpectation(std::string_view label);

// How many stages a dialogue can have; arrays of stages are indexed by StageIndex.
inline constexpr std::size_t kStageCount = v1::Stage_MAX;
constexpr std::size_t StageIndex(v1::Stage stage) { return static_cast<std::size_t>(stage) - 1; }
constexpr v1::Stage StageAt(std::size_t index) { return static_cast<v1::Stage>(index + 1); }

}  // namespace relaywatch
