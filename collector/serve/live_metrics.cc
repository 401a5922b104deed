#include "collector/serve/live_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "collector/fleet/plan_lookup.h"
#include "collector/serve/catalogue.h"
#include "collector/serve/relay_state.h"

namespace relaywatch::collector {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Labels;

// judged, mismatches and the verdict "ok".
constexpr std::size_t kSeriesOfProfile = 3;
// Relay states of two identities, and a certificate.
constexpr std::size_t kGauges = 2 * kRelayStates.size() + 1;
constexpr std::size_t kSeriesOfHistogram = kStageBuckets + 2;

Labels KeyLabels(const LiveKey& key) {
  return {{"location", key.location}, {"endpoint", key.endpoint}, {"port", key.port}};
}

Labels With(Labels labels, const char* name, std::string_view value) {
  labels.emplace(name, value);
  return labels;
}

std::vector<double> BoundsSeconds() {
  std::vector<double> bounds;
  for (const std::uint32_t us : kStageBoundsUs) bounds.push_back(us / 1e6);
  return bounds;
}

}  // namespace

LiveMetrics::LiveMetrics(prometheus::Registry& registry, std::size_t max_series)
    : probes_(Describe(BuildCounter(), metric::kProbes).Register(registry)),
      judged_(Describe(BuildCounter(), metric::kAuthJudged).Register(registry)),
      mismatches_(Describe(BuildCounter(), metric::kAuthMismatches).Register(registry)),
      stages_(Describe(BuildHistogram(), metric::kStageDuration).Register(registry)),
      relay_(Describe(BuildGauge(), metric::kRelayState).Register(registry)),
      certificates_(Describe(BuildGauge(), metric::kCertificateExpiry).Register(registry)),
      dropped_(Describe(BuildCounter(), metric::kSeriesDropped).Register(registry).Add({})),
      max_series_(max_series) {}

void LiveMetrics::Use(std::shared_ptr<const v1::Plan> plan,
                      std::shared_ptr<const ProfileSet> profiles) {
  plan_ = std::move(plan);
  profiles_ = std::move(profiles);
  for (auto& [name, key] : keys_) GiveProfiles(*key);
  for (const v1::Endpoint& endpoint : plan_->endpoints()) {
    for (const v1::Service& service : endpoint.services()) {
      for (const v1::LocationRule& location : plan_->locations()) {
        Find(location.name(), endpoint.name(), service.port());
      }
    }
  }
}

LiveKey* LiveMetrics::Find(const SeriesKey& series) {
  return Find(series.location, series.endpoint, series.port);
}

LiveKey* LiveMetrics::Find(const std::string& location, const std::string& endpoint,
                           std::uint32_t port) {
  const auto found = keys_.find({location, endpoint, port});
  if (found != keys_.end()) return found->second.get();
  if (keys_.size() >= kMaxKeys) {
    dropped_.Increment();
    return nullptr;
  }
  auto key = std::make_unique<LiveKey>();
  key->location = location;
  key->endpoint = endpoint;
  key->port = fmt::to_string(port);
  GiveProfiles(*key);
  key->has_gauges = TakeSeries(kGauges);
  return keys_.emplace(KeyName{location, endpoint, port}, std::move(key)).first->second.get();
}

void LiveMetrics::GiveProfiles(LiveKey& key) {
  key.profiles.clear();
  const Labels labels = KeyLabels(key);
  for (const std::size_t position : profiles_->Of(FindEndpoint(plan_.get(), key.endpoint))) {
    ProfileCounters counters;
    counters.position = position;
    counters.profile = profiles_->all()[position].profile.name;
    const Labels named = With(labels, "profile", counters.profile);
    const bool known = judged_.Has(named);  // of an earlier plan
    if (known || TakeSeries(kSeriesOfProfile)) {
      counters.judged = &judged_.Add(named);
      counters.mismatches = &mismatches_.Add(named);
      counters.verdicts[v1::VERDICT_OK] = &probes_.Add(With(named, "verdict", "ok"));
    }
    key.profiles.push_back(std::move(counters));
  }
}

bool LiveMetrics::TakeSeries(std::size_t count) {
  if (series_ + count > max_series_) {
    dropped_.Increment(static_cast<double>(count));
    return false;
  }
  series_ += count;
  return true;
}

void LiveMetrics::Count(LiveKey& key, const std::shared_ptr<const JudgedOutcome>& outcome,
                        std::uint64_t count) {
  PairCount& pair = pairs_[{&key, outcome.get()}];
  pair.outcome = outcome;
  pair.count += count;
}

void LiveMetrics::Publish() {
  for (LiveKey* key : touched_) {
    PublishStages(*key);
    key->touched = false;
  }
  touched_.clear();
  for (const auto& [pair, counted] : pairs_) {
    PublishOutcome(*pair.first, *counted.outcome, counted.count);
  }
  pairs_.clear();
}

void LiveMetrics::PublishStages(LiveKey& key) {
  std::vector<double> buckets(kStageBuckets);
  for (std::size_t i = 0; i < kStageCount; ++i) {
    StageTally& tally = key.tallies[i];
    if (tally.count == 0) continue;
    if (key.stages[i] == nullptr && TakeSeries(kSeriesOfHistogram)) {
      key.stages[i] =
          &stages_.Add(With(KeyLabels(key), "stage", Label(StageAt(i))), BoundsSeconds());
    }
    if (key.stages[i] != nullptr) {
      std::copy(tally.buckets.begin(), tally.buckets.end(), buckets.begin());
      key.stages[i]->ObserveMultiple(buckets, static_cast<double>(tally.sum_us) / 1e6);
    }
    tally = {};
  }
}

prometheus::Counter& LiveMetrics::VerdictCounter(const LiveKey& key, ProfileCounters& profile,
                                                 v1::Verdict verdict) {
  prometheus::Counter*& counter = profile.verdicts[verdict];
  if (counter == nullptr) {
    const Labels labels =
        With(With(KeyLabels(key), "profile", profile.profile), "verdict", Label(verdict));
    // Not refused: verdicts are few, and a key that is over the bound has no counters at all.
    if (!probes_.Has(labels)) ++series_;
    counter = &probes_.Add(labels);
  }
  return *counter;
}

void LiveMetrics::PublishOutcome(LiveKey& key, const JudgedOutcome& outcome, std::uint64_t count) {
  const auto n = static_cast<double>(count);
  for (ProfileCounters& profile : key.profiles) {
    // An outcome judged before a reload may know fewer profiles than the key has now.
    if (profile.judged == nullptr || profile.position >= outcome.judgements.size()) continue;
    const judge::Judgement& judgement = outcome.judgements[profile.position];
    VerdictCounter(key, profile, judgement.verdict).Increment(n);
    if (!judgement.auth_judged) continue;
    profile.judged->Increment(n);
    if (judge::IsAuthMismatch(judgement.verdict)) profile.mismatches->Increment(n);
  }
}

void LiveMetrics::Show(LiveKey& key, const JudgedOutcome& outcome) {
  if (!key.has_gauges || std::exchange(key.shown, outcome.id) == outcome.id) return;
  ShowRelay(key, "anonymous", AnonymousRelayState(outcome.facts));
  ShowRelay(key, "authenticated", AuthenticatedRelayState(outcome.facts));
  const std::int64_t not_after = outcome.facts.tls().certificate().not_after();
  if (not_after == 0) return;
  certificates_.Add({{"endpoint", key.endpoint}, {"port", key.port}})
      .Set(static_cast<double>(not_after));
}

void LiveMetrics::ShowRelay(const LiveKey& key, const char* identity, std::string_view shown) {
  const Labels labels = With(KeyLabels(key), "identity", identity);
  for (const std::string_view state : kRelayStates) {
    relay_.Add(With(labels, "state", state)).Set(state == shown ? 1 : 0);
  }
}

}  // namespace relaywatch::collector
