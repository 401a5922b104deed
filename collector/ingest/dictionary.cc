#include "collector/ingest/dictionary.h"

#include <fmt/format.h>

#include <utility>

#include "common/facts/normalise.h"

namespace relaywatch::collector {
namespace {

// When a cache is full it starts anew: simpler than ages, and the store knows everything.
constexpr std::size_t kMaxCachedSeries = 200'000;
constexpr std::size_t kMaxCachedOutcomes = 20'000;

// None of the parts can hold a line break.
std::string KeyBytes(const SeriesKey& key) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", key.location, key.endpoint, key.host,
                     static_cast<int>(key.protocol), static_cast<int>(key.security), key.port,
                     key.address);
}

}  // namespace

Dictionary::Dictionary(Store& store, LastIds last, std::shared_ptr<const ProfileSet> profiles)
    : store_(store), last_(last), profiles_(std::move(profiles)) {}

absl::StatusOr<std::int64_t> Dictionary::Series(const SeriesKey& key, CommitSet& set) {
  std::string bytes = KeyBytes(key);
  if (const auto cached = series_.find(bytes); cached != series_.end()) return cached->second;
  const auto found = store_.FindSeries(key);
  if (!found.ok()) return found.status();
  std::int64_t id = found->value_or(0);
  if (id == 0) {
    id = ++last_.series;
    set.series.push_back({id, key});
  }
  series_.emplace(std::move(bytes), id);
  return id;
}

absl::StatusOr<std::shared_ptr<const JudgedOutcome>> Dictionary::Outcome(const v1::Facts& facts,
                                                                         std::int64_t now_ms,
                                                                         CommitSet& set) {
  v1::Facts normalised = facts;
  facts::Normalise(normalised);
  std::string digest = facts::Digest(normalised);
  if (const auto cached = outcomes_.find(digest); cached != outcomes_.end()) return cached->second;
  const auto found = store_.FindOutcome(digest);
  if (!found.ok()) return found.status();
  const bool known = found->has_value();
  auto outcome = JudgeAll(known ? **found : ++last_.outcome, std::move(normalised));
  if (!known) {
    set.outcomes.push_back(
        {outcome->id, digest, outcome->facts.SerializeAsString(), outcome->facts.stage(), now_ms});
    for (std::size_t i = 0; i < outcome->judgements.size(); ++i) {
      const judge::Judgement& judgement = outcome->judgements[i];
      set.judgements.push_back({outcome->id, profiles_->all()[i].id, judgement.verdict,
                                judgement.stage, judgement.auth_judged});
    }
  }
  outcomes_.emplace(std::move(digest), outcome);
  return outcome;
}

absl::StatusOr<std::shared_ptr<const JudgedOutcome>> Dictionary::Load(std::int64_t id) {
  const auto bytes = store_.ReadFacts(id);
  if (!bytes.ok()) return bytes.status();
  v1::Facts facts;
  if (!facts.ParseFromString(*bytes)) {
    return absl::DataLossError(fmt::format("the facts of outcome {} are damaged", id));
  }
  std::string digest = facts::Digest(facts);
  if (const auto cached = outcomes_.find(digest); cached != outcomes_.end()) return cached->second;
  auto outcome = JudgeAll(id, std::move(facts));
  outcomes_.emplace(std::move(digest), outcome);
  return outcome;
}

void Dictionary::Trim() {
  if (series_.size() > kMaxCachedSeries) series_.clear();
  if (outcomes_.size() > kMaxCachedOutcomes) outcomes_.clear();
}

void Dictionary::Use(std::shared_ptr<const ProfileSet> profiles) {
  profiles_ = std::move(profiles);
  outcomes_.clear();
}

std::shared_ptr<const JudgedOutcome> Dictionary::Refresh(
    std::shared_ptr<const JudgedOutcome> outcome) {
  if (outcome->profiles == profiles_) return outcome;
  return JudgeAll(outcome->id, outcome->facts);
}

std::shared_ptr<const JudgedOutcome> Dictionary::JudgeAll(std::int64_t id, v1::Facts facts) const {
  auto outcome = std::make_shared<JudgedOutcome>();
  outcome->id = id;
  outcome->facts = std::move(facts);
  outcome->profiles = profiles_;
  for (const StoredProfile& stored : profiles_->all()) {
    outcome->judgements.push_back(judge::Judge(outcome->facts, stored.profile));
  }
  outcome->answer = detect::ReadAnswer(outcome->facts);
  return outcome;
}

}  // namespace relaywatch::collector
