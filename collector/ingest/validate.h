// Whether what a peer sent may be believed to be what it says it is. An agent's certificate proves
// who it is, not that it is healthy: every number, text and order is checked before it reaches the
// store, a label or a log line. Pure; thread-safe. References to the stream's dictionary are
// checked where they are resolved (session.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector {

// Why a message was not accepted. The stream ends with INVALID_ARGUMENT and `message`; `reason` is
// a metric label, one of kRejectionReasons.
struct Rejection {
  std::string_view reason;
  std::string message;
};

namespace rejection {
inline constexpr std::string_view kMalformed = "malformed";  // no message, or an unknown one
inline constexpr std::string_view kOrder = "order";          // no Hello, or a second one
inline constexpr std::string_view kSequence = "sequence";    // numbers and gaps that do not fit
inline constexpr std::string_view kPath = "path";            // a name, host, address or port
inline constexpr std::string_view kOutcome = "outcome";      // facts: enum, text or size
inline constexpr std::string_view kReference = "reference";  // to what was never sent
inline constexpr std::string_view kResult = "result";        // a time or a stage out of range
inline constexpr std::string_view kDictionary =
    "dictionary";                                      // more entries than a stream may hold
inline constexpr std::string_view kStatus = "status";  // the agent's words about itself
inline constexpr std::string_view kSize = "size";      // longer than any message may be
}  // namespace rejection

inline constexpr std::string_view kRejectionReasons[] = {
    rejection::kMalformed, rejection::kOrder,     rejection::kSequence, rejection::kPath,
    rejection::kOutcome,   rejection::kReference, rejection::kResult,   rejection::kDictionary,
    rejection::kStatus,    rejection::kSize};

inline constexpr std::size_t kMaxEpochsOfAgent = 256;
inline constexpr std::size_t kMaxPathsOfStream = 16'384;
inline constexpr std::size_t kMaxOutcomesOfStream = 4'096;
inline constexpr std::size_t kMaxFactsBytes = 65'536;
inline constexpr std::size_t kMaxTextBytes = 2'048;  // a protocol line; replies are 512 at most

std::optional<Rejection> Validate(const v1::Hello& hello);
std::optional<Rejection> Validate(const v1::AgentStatus& status);
std::optional<Rejection> Validate(const v1::PlanReport& report);
std::optional<Rejection> Validate(const v1::Path& path);
std::optional<Rejection> Validate(const v1::Outcome& outcome);

// Everything but paths, outcomes and results; after it, LastSeq is safe to ask.
std::optional<Rejection> ValidateFrame(const v1::Batch& batch);

// False for a time, a duration or a stage count that no agent of ours would send.
bool IsSaneResult(const v1::Result& result);
// The same in words, for one that is not.
Rejection DescribeResult(const v1::Result& result);

// The last number that a batch covers; first_seq - 1 for an empty one.
std::uint64_t LastSeq(const v1::Batch& batch);

}  // namespace relaywatch::collector
