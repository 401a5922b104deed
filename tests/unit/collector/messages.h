// What agents say, for tests and benchmarks: facts as real servers show them, paths, batches.
// Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector::testing {

// A Postfix submission service after STARTTLS that announces these mechanisms (none: no AUTH line)
// and refuses to relay. Realistic in size: some 1.5 KB.
v1::Facts SubmissionFacts(const std::vector<std::string>& mechanisms);
// The same service where nothing answers the connection.
v1::Facts TimeoutFacts();

v1::Path PathTo(std::uint32_t ref, const std::string& location, std::uint32_t port = 587,
                const std::string& endpoint = "corp-mail");

// A message with a Hello of one epoch that holds nothing yet.
v1::AgentMessage HelloOf(std::uint64_t epoch, v1::Lane lane = v1::LANE_LIVE);

// Results first_seq … first_seq + count - 1 of path 1 and outcome 1.
v1::AgentMessage BatchOf(std::uint64_t epoch, std::uint64_t first_seq, int count,
                         v1::Lane lane = v1::LANE_LIVE);
// The same with the dictionary in it: path 1 is `path`, outcome 1 is `facts`.
v1::AgentMessage FirstBatch(std::uint64_t epoch, std::uint64_t first_seq, int count,
                            const v1::Path& path, const v1::Facts& facts);

v1::Result ResultOf(std::uint32_t path, std::uint32_t outcome);
void AddGap(v1::AgentMessage& message, std::uint64_t first, std::uint64_t last,
            v1::GapReason reason = v1::GAP_REASON_OVERFLOW);

}  // namespace relaywatch::collector::testing
