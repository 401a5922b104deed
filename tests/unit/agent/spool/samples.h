// Results to put into spools, and what comes out again. A sample's wall_ms is its name.
#pragma once

#include <string>
#include <vector>

#include "agent/spool/spool.h"

namespace relaywatch::agent {

inline constexpr std::size_t kAll = 1'000'000;

inline SpooledResult ResultAt(std::int64_t wall_ms, const std::string& outcome = "outcome") {
  v1::Path path;
  path.set_endpoint("corp-mail");
  SpooledResult spooled;
  spooled.path = std::make_shared<v1::Path>(path);
  spooled.outcome = std::make_shared<std::string>(outcome);
  spooled.result.set_wall_ms(wall_ms);
  spooled.boot_id = 7;
  return spooled;
}

inline std::vector<std::int64_t> Times(const SpoolChunk& chunk) {
  std::vector<std::int64_t> times;
  for (const SpooledResult& spooled : chunk.results) times.push_back(spooled.result.wall_ms());
  return times;
}

// Everything of an epoch as text: "1:11 2:12 gap(3-5 overflow) 6:16".
inline std::string Content(Spool& spool, std::uint64_t epoch) {
  std::string text;
  std::uint64_t from = 1;
  while (true) {
    const auto chunk = spool.Read(epoch, from, 7, kAll);
    if (!chunk.ok()) return text + chunk.status().ToString();
    if (chunk->first_seq == 0) return text;
    auto gap = chunk->gaps.begin();
    auto result = chunk->results.begin();
    for (std::uint64_t seq = chunk->first_seq; seq <= chunk->last_seq; ++seq) {
      if (!text.empty()) text += ' ';
      if (gap != chunk->gaps.end() && gap->first_seq() == seq) {
        seq = gap->last_seq();
        text += "gap(" + std::to_string(gap->first_seq()) + "-" + std::to_string(seq) + " " +
                v1::GapReason_Name(gap->reason()).substr(11) + ")";
        ++gap;
      } else {
        text += std::to_string(seq) + ":" + std::to_string(result++->result.wall_ms());
      }
    }
    from = chunk->last_seq + 1;
  }
}

}  // namespace relaywatch::agent
