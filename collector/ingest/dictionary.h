// Turns what agents say into the store's numbers: a path into its series, facts into their outcome.
// A new one gets the next number and a row in the commit that is being put together, so that it is
// durable with the first result that needs it. Facts are normalised, digested and judged here, once
// per distinct outcome: an agent's word for being normalised is not taken.
//
// Two bounded caches stand before the store; what fell out of them is looked up again.
// Confined to the writer's thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "collector/detect/answer.h"
#include "collector/ingest/profiles.h"
#include "collector/store/store.h"
#include "common/judge/judge.h"
#include "relaywatch/v1/facts.pb.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector {

// One distinct outcome, what it means to each profile, and what it says about the rule in force.
// Immutable; shared with readers.
struct JudgedOutcome {
  std::int64_t id = 0;
  v1::Facts facts;                           // normalised
  std::vector<judge::Judgement> judgements;  // by position in profiles->all()
  std::shared_ptr<const ProfileSet> profiles;
  detect::Answer answer;
};

class Dictionary {
 public:
  // `next`: the highest numbers already given out.
  Dictionary(Store& store, LastIds last, std::shared_ptr<const ProfileSet> profiles);

  absl::StatusOr<std::int64_t> Series(const SeriesKey& key, CommitSet& set);
  absl::StatusOr<std::shared_ptr<const JudgedOutcome>> Outcome(const v1::Facts& facts,
                                                               std::int64_t now_ms, CommitSet& set);
  // An outcome that is in the store.
  absl::StatusOr<std::shared_ptr<const JudgedOutcome>> Load(std::int64_t id);

  std::int64_t NextAgent() { return ++last_.agent; }
  std::int64_t NextEpoch() { return ++last_.epoch; }

  const std::shared_ptr<const ProfileSet>& profiles() const { return profiles_; }
  // Keeps the caches within bounds. Only between commits: what a commit in the making has numbered
  // is in the cache alone.
  void Trim();

  // From now on outcomes are judged by these; Refresh judges one that was judged by others.
  void Use(std::shared_ptr<const ProfileSet> profiles);
  std::shared_ptr<const JudgedOutcome> Refresh(std::shared_ptr<const JudgedOutcome> outcome);

 private:
  std::shared_ptr<const JudgedOutcome> JudgeAll(std::int64_t id, v1::Facts facts) const;

  Store& store_;
  LastIds last_;
  std::shared_ptr<const ProfileSet> profiles_;
  absl::flat_hash_map<std::string, std::int64_t> series_;  // by the key's bytes
  absl::flat_hash_map<std::string, std::shared_ptr<const JudgedOutcome>> outcomes_;  // by digest
};

}  // namespace relaywatch::collector
