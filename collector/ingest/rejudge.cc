#include "collector/ingest/rejudge.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/judge/judge.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::collector {
namespace {

struct Stored {
  std::int64_t outcome = 0;
  bool sound = false;
  v1::Facts facts;
};

absl::StatusOr<std::vector<Stored>> ReadOutcomes(std::int64_t after, std::int64_t limit,
                                                 Store& store) {
  std::vector<Stored> outcomes;
  auto read = store.ForEachOutcome(after, limit, [&](std::int64_t id, std::string_view bytes) {
    Stored& stored = outcomes.emplace_back();
    stored.outcome = id;
    stored.sound = stored.facts.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  });
  if (!read.ok()) return read;
  return outcomes;
}

bool Precedes(const JudgementRow& row, const std::pair<std::int64_t, std::int64_t>& key) {
  return std::pair(row.outcome, row.profile) < key;
}

const JudgementRow* Find(const std::vector<JudgementRow>& rows, std::int64_t outcome,
                         std::int64_t profile) {
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), std::pair(outcome, profile), Precedes);
  const bool is_it = found != rows.end() && found->outcome == outcome && found->profile == profile;
  return is_it ? &*found : nullptr;
}

}  // namespace

absl::StatusOr<bool> Rejudge::Next(std::span<const StoredProfile> profiles, std::int64_t limit,
                                   Store& store, CommitSet& set) {
  const auto outcomes = ReadOutcomes(last_, limit, store);
  if (!outcomes.ok()) return outcomes.status();
  if (outcomes->empty()) return false;
  const std::int64_t last = outcomes->back().outcome;
  const auto before = store.ReadJudgements(last_ + 1, last);
  if (!before.ok()) return before.status();
  for (const Stored& stored : *outcomes) {
    if (!stored.sound) continue;
    ++report_.outcomes;
    for (const StoredProfile& profile : profiles) {
      const judge::Judgement judgement = judge::Judge(stored.facts, profile.profile);
      Compare(
          profile,
          {stored.outcome, profile.id, judgement.verdict, judgement.stage, judgement.auth_judged},
          Find(*before, stored.outcome, profile.id), set);
    }
  }
  last_ = last;
  return static_cast<std::int64_t>(outcomes->size()) == limit;
}

void Rejudge::Compare(const StoredProfile& stored, const JudgementRow& now,
                      const JudgementRow* before, CommitSet& set) {
  if (before == nullptr) {
    ++report_.added;
    set.judgements.push_back(now);
  } else if (*before != now) {
    ++report_.changes[{stored.profile.name, before->verdict, now.verdict}];
    set.rejudgements.push_back({now, now_ms_});
  }
}

}  // namespace relaywatch::collector
