#include "tests/bench/store/fleet_history.h"

#include <fmt/format.h>

#include "tests/unit/collector/messages.h"

namespace relaywatch::bench {
namespace {

using collector::CommitSet;
using collector::ResultRow;

constexpr std::int64_t kOutcomes = 300;        // that are seen day by day
constexpr std::int64_t kAllOutcomes = 20'000;  // that were ever seen
constexpr std::size_t kEndpoints = 24;
constexpr std::size_t kPorts = 4;
constexpr std::size_t kPathsOfAgent = 24;
constexpr std::size_t kFactors = 1 << 16;
// Medians of the stages over a wide-area network, in microseconds.
constexpr float kMedianUs[] = {900,    14'000, 31'000, 15'000, 14'500, 42'000,
                               15'000, 16'000, 17'000, 19'000, 14'000};

std::string EndpointName(std::size_t i) { return fmt::format("mail-{}", i); }

}  // namespace

FleetHistory::FleetHistory(std::int64_t series) : spread_(kFactors) {
  std::lognormal_distribution<float> usual(0, 0.25F);
  std::lognormal_distribution<float> slow(1.5F, 0.8F);
  for (float& factor : spread_) factor = random_() % 50 == 0 ? slow(random_) : usual(random_);
  paths_.resize(static_cast<std::size_t>(series));
  for (Path& path : paths_) Prepare(path);
  seqs_.resize(2 * (paths_.size() / kPathsOfAgent + 1));
}

void FleetHistory::Prepare(Path& path) {
  path.phase_ms = static_cast<std::int64_t>(random_() % kRoundMs);
  path.outcome = 1 + static_cast<std::int64_t>(random_() % kOutcomes);
  path.stages = 8 + static_cast<std::uint32_t>(random_() % 3);
  path.pace = 0.3F + static_cast<float>(random_() % 100) / 60;
  path.agents = random_() % 12 == 0 ? 2 : 1;
}

CommitSet FleetHistory::Names() const {
  CommitSet set;
  for (std::size_t i = 1; i <= seqs_.size(); ++i) {
    const auto id = static_cast<std::int64_t>(i);
    set.agents.push_back({id, fmt::format("agent-{}", i), kStartMs, "hq"});
    set.epochs.push_back({id, id, 0x1000 + i, 0});
  }
  for (std::size_t i = 1; i <= paths_.size(); ++i) {
    set.series.push_back(
        {static_cast<std::int64_t>(i),
         {fmt::format("site-{}", i / (kEndpoints * kPorts)), EndpointName(i / kPorts % kEndpoints),
          "mail.example.com", v1::PROTOCOL_SMTP, v1::SECURITY_STARTTLS,
          static_cast<std::uint32_t>(587 + i % kPorts), "192.0.2.1"}});
  }
  for (std::int64_t i = 1; i <= kAllOutcomes; ++i) {
    v1::Facts facts = collector::testing::SubmissionFacts({"PLAIN", "LOGIN"});
    facts.mutable_greeting()->set_text(fmt::format("mail.example.com ESMTP {}", i));
    set.outcomes.push_back(
        {i, fmt::format("{:032}", i), facts.SerializeAsString(), v1::STAGE_RCPT, kStartMs});
  }
  return set;
}

std::vector<std::string> FleetHistory::EndpointNames() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kEndpoints; ++i) names.push_back(EndpointName(i));
  return names;
}

void FleetHistory::Round(std::vector<ResultRow>& results) {
  for (std::size_t path = 0; path < paths_.size(); ++path) {
    for (int agent = 0; agent < paths_[path].agents; ++agent) {
      results.push_back(Probe(path, agent));
    }
  }
  ++round_;
}

ResultRow FleetHistory::Probe(std::size_t path, int agent) {
  Path& of = paths_[path];
  if (random_() % 5'000 == 0) of.outcome = 1 + static_cast<std::int64_t>(random_() % kOutcomes);
  const std::size_t epoch = 2 * (path / kPathsOfAgent) + static_cast<std::size_t>(agent);
  ResultRow row;
  row.epoch = static_cast<std::int64_t>(epoch) + 1;
  row.seq = ++seqs_[epoch];
  row.series = static_cast<std::int64_t>(path) + 1;
  row.time_ms = kStartMs + round_ * kRoundMs + (of.phase_ms + agent * 29'000) % kRoundMs +
                static_cast<std::int64_t>(random_() % 40);
  // A stray answer now and then.
  row.outcome =
      random_() % 500 == 0 ? 1 + static_cast<std::int64_t>(random_() % kOutcomes) : of.outcome;
  for (std::uint32_t stage = 0; stage < of.stages; ++stage) {
    const float factor = spread_[random_() % kFactors];
    row.stage_us[stage] = 1 + static_cast<std::uint32_t>(kMedianUs[stage] * of.pace * factor);
  }
  return row;
}

std::vector<collector::LatestRow> FleetHistory::Latest() const {
  std::vector<collector::LatestRow> rows;
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    rows.push_back({static_cast<std::int64_t>(i) + 1, now_ms(), paths_[i].outcome});
  }
  return rows;
}

}  // namespace relaywatch::bench
