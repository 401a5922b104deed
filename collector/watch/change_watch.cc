#include "collector/watch/change_watch.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "collector/fleet/plan_lookup.h"
#include "collector/watch/rule_text.h"

namespace relaywatch::collector {
namespace {

using detect::ChangeState;

// Answers that confirm are few; those of a port that was long in doubt need not all be kept.
constexpr std::size_t kMaxEvidence = 64;
// Where the plan does not say: agents still probe what an earlier one named.
constexpr std::int64_t kDefaultIntervalMs = 60'000;

std::int64_t Number(std::uint64_t id) { return static_cast<std::int64_t>(id); }
std::size_t Index(detect::TrackId track) { return static_cast<std::size_t>(track); }

std::vector<detect::RulePtr> Shared(std::vector<detect::Rule> rules) {
  std::vector<detect::RulePtr> shared;
  for (detect::Rule& rule : rules) {
    shared.push_back(std::make_shared<const detect::Rule>(std::move(rule)));
  }
  return shared;
}

std::vector<EvidenceRow> EvidenceOf(const detect::ChangeEvent& event) {
  std::vector<EvidenceRow> rows;
  for (const detect::Vote& vote : event.evidence) {
    if (rows.size() == kMaxEvidence) break;
    rows.push_back({vote.agent, vote.time_ms, vote.outcome});
  }
  return rows;
}

ChangeRow RowOf(const detect::ChangeEvent& event, const detect::KeyName& key) {
  return {.status = {.id = Number(event.id), .state = event.state, .decided_ms = event.decided_ms},
          .incident = 0,
          .key = key,
          .track = event.track,
          .kinds = event.kinds,
          .is_informational = event.is_informational,
          .is_pool = event.is_pool,
          .before = JoinRules(event.before),
          .after = JoinRules(event.after),
          .words = event.words,
          .since_ms = event.since_ms,
          .evidence = EvidenceOf(event)};
}

IncidentRow RowOf(const detect::Incident& incident) {
  return {.id = Number(incident.id),
          .scope = incident.scope,
          .kinds = incident.kinds,
          .words = incident.words,
          .since_ms = incident.since_ms,
          .last_ms = incident.last_ms};
}

std::string Describe(const detect::KeyName& key) {
  return fmt::format("{}:{} from {}", key.endpoint, key.port, key.location);
}

}  // namespace

ChangeWatch::ChangeWatch(LastIds last, PolicyMetrics& metrics)
    : last_(last), metrics_(metrics), detector_(static_cast<std::uint64_t>(last.change)) {}

std::int64_t ChangeWatch::IntervalOf(const std::string& endpoint) const {
  const v1::Endpoint* planned = FindEndpoint(plan_.get(), endpoint);
  if (planned == nullptr || !planned->has_interval()) return kDefaultIntervalMs;
  return planned->interval().seconds() * 1000 + planned->interval().nanos() / 1'000'000;
}

detect::KeyId ChangeWatch::Enter(const detect::KeyName& name) {
  const detect::KeyId key = detector_.Key(name, IntervalOf(name.endpoint));
  if (key < keys_.size()) return key;
  keys_.resize(key + 1);
  keys_[key].metrics = metrics_.Find(name.location, name.endpoint, name.port);
  return key;
}

std::optional<detect::KeyId> ChangeWatch::Key(const SeriesKey& series) {
  const detect::KeyName name{series.location, series.endpoint, series.port, series.protocol};
  if (const auto known = detector_.Find(name)) return known;
  if (detector_.key_count() >= kMaxKeys) return std::nullopt;
  return Enter(name);
}

void ChangeWatch::Use(std::shared_ptr<const v1::Plan> plan) {
  plan_ = std::move(plan);
  for (const v1::Endpoint& endpoint : plan_->endpoints()) {
    for (const v1::Service& service : endpoint.services()) {
      for (const v1::LocationRule& location : plan_->locations()) {
        metrics_.Find(location.name(), endpoint.name(), service.port());
      }
    }
  }
  for (detect::KeyId key = 0; key < keys_.size(); ++key) {
    const detect::KeyName& name = detector_.NameOf(key);
    detector_.Key(name, IntervalOf(name.endpoint));
  }
}

void ChangeWatch::Restore(const PolicyState& state, std::int64_t now_ms, CommitSet& set) {
  for (const RuleRow& row : state.rules) RestoreRule(row, now_ms, set);
  for (const ChangeRow& row : state.changes) RestoreChange(row, now_ms, set);
  for (const LastChange& last : state.last_changes) {
    PolicyMetrics::Key* metrics = metrics_.Find(last.location, last.endpoint, last.port);
    if (metrics == nullptr) continue;
    metrics_.Remember(*metrics, last.kinds, std::min(last.since_ms, now_ms));
  }
}

void ChangeWatch::RestoreRule(const RuleRow& row, std::int64_t now_ms, CommitSet& set) {
  auto rules = SplitRules(row.rules);
  if (!rules || rules->empty()) {
    spdlog::warn("watch: {}: the rule in force cannot be read and is learned anew",
                 Describe(row.key));
    set.rule_ends.push_back({row.id, now_ms});
    return;
  }
  const detect::KeyId key = Enter(row.key);
  keys_[key].rule[Index(row.track)] = row.id;
  detector_.Restore(key, row.track, *rules, row.valid_from_ms, now_ms);
}

void ChangeWatch::RestoreChange(const ChangeRow& row, std::int64_t now_ms, CommitSet& set) {
  if (row.status.state == ChangeState::kProbable) {
    ChangeStatus cancelled = row.status;
    cancelled.state = ChangeState::kCancelled;
    cancelled.decided_ms = now_ms;
    cancelled.open = 0;
    set.change_status.push_back(cancelled);
    spdlog::info("watch: change {}: {}: undecided when the collector stopped; begins anew",
                 row.status.id, Describe(row.key));
    return;
  }
  metrics_.open_changes().Take(row);
  auto before = SplitRules(row.before);
  if (!before) return;  // stays as it is in the store
  open_.Restore({Enter(row.key), row.track}, row.status, Shared(*std::move(before)));
}

void ChangeWatch::GoBack(std::int64_t now_ms, CommitSet& set) {
  detector_.GoBack(now_ms, actions_);
  Act(set);
  grouping_ = detect::Grouping();
  TellQuiet(damping_.ReleaseAll(), now_ms, set);
  metrics_.GoBack(now_ms);
}

void ChangeWatch::Act(CommitSet& set) {
  for (const detect::Action& action : actions_) {
    if (const auto* order = std::get_if<detect::ProbeOrder>(&action)) Take(*order);
    if (const auto* history = std::get_if<detect::HistoryRow>(&action)) Take(*history, set);
    if (const auto* event = std::get_if<detect::ChangeEvent>(&action)) Take(*event, set);
  }
  actions_.clear();
}

void ChangeWatch::Take(const detect::ProbeOrder& order) {
  const detect::KeyName& name = detector_.NameOf(order.key);
  v1::ProbeNow message;
  message.set_endpoint(name.endpoint);
  message.set_port(name.port);
  message.set_location(name.location);
  message.set_times(order.times);
  message.mutable_within()->set_seconds(order.within_ms / 1000);
  message.mutable_within()->set_nanos(static_cast<int>(order.within_ms % 1000) * 1'000'000);
  for (const std::uint32_t agent : order.agents) ordered_.push_back({agent, message});
}

void ChangeWatch::Take(const detect::HistoryRow& history, CommitSet& set) {
  std::int64_t& in_force = keys_[history.key].rule[Index(history.track)];
  if (history.closes && in_force != 0) {
    set.rule_ends.push_back({in_force, history.valid_from_ms});
    in_force = 0;
  }
  if (in_force == 0) in_force = ++last_.rule;
  set.rules.push_back({.id = in_force,
                       .key = detector_.NameOf(history.key),
                       .track = history.track,
                       .valid_from_ms = history.valid_from_ms,
                       .outcome = history.outcome,
                       .rules = JoinRules(history.rules)});
}

void ChangeWatch::Take(const detect::ChangeEvent& event, CommitSet& set) {
  ChangeRow row = RowOf(event, detector_.NameOf(event.key));
  switch (event.state) {
    case ChangeState::kProbable:
      row.status.open = Followed(event);
      set.changes.push_back(std::move(row));
      break;
    case ChangeState::kCancelled:
      set.change_status.push_back(row.status);  // what was suspected stays to be read
      break;
    case ChangeState::kConfirmed:
      Confirm(event, row, set);
      break;
  }
}

void ChangeWatch::Confirm(const detect::ChangeEvent& event, ChangeRow& row, CommitSet& set) {
  if (const auto incident = grouping_.Add(event, row.key)) {
    row.incident = Number(incident->id);
    set.incidents.push_back(RowOf(*incident));
  }
  // A server whose certificates take turns must not keep a change of its rules quiet.
  const bool is_told = event.is_informational || damping_.Tell(event.key, event.decided_ms);
  row.status.told_ms = is_told ? event.decided_ms : 0;
  std::vector<ChangeStatus> changed;
  open_.Add({event.key, event.track}, event, row.status, changed);
  row.status = changed.back();
  changed.pop_back();
  set.change_status.insert(set.change_status.end(), changed.begin(), changed.end());
  spdlog::info("watch: change {}: {}: {}{}", event.id, Describe(row.key), event.words,
               is_told ? "" : " (kept quiet: it changes too often)");
  set.changes.push_back(std::move(row));
  counted_.push_back({event.key, event.kinds, event.since_ms});
}

void ChangeWatch::Tick(std::int64_t now_ms, CommitSet& set) {
  detector_.Tick(now_ms, actions_);
  Act(set);
  TellQuiet(damping_.Release(now_ms), now_ms, set);
}

void ChangeWatch::TellQuiet(const std::vector<detect::KeyId>& keys, std::int64_t now_ms,
                            CommitSet& set) {
  for (const detect::KeyId key : keys) {
    open_.TellQuiet(key, now_ms, set.change_status);
  }
}

absl::Status ChangeWatch::Accept(std::uint64_t id, std::int64_t now_ms, CommitSet& set) {
  if (id == 0 || id > detector_.last_event()) {
    return absl::NotFoundError(fmt::format("there is no change {}", id));
  }
  const auto accepted = open_.Accept(Number(id), now_ms);
  if (!accepted) {
    return absl::FailedPreconditionError(fmt::format(
        "change {} is not open: it was not confirmed, has gone back, or is accepted already", id));
  }
  set.change_status.push_back(*accepted);
  return absl::OkStatus();
}

void ChangeWatch::Settle(const CommitSet& set, const OrderSink& send) {
  for (const ChangeRow& change : set.changes) metrics_.open_changes().Take(change);
  for (const ChangeStatus& status : set.change_status) metrics_.open_changes().Take(status);
  for (const Counted& change : counted_) {
    PolicyMetrics::Key* metrics = keys_[change.key].metrics;
    if (metrics != nullptr) metrics_.Count(*metrics, change.kinds, change.since_ms);
  }
  for (const Ordered& ordered : ordered_) send(ordered.agent, ordered.order);
  counted_.clear();
  ordered_.clear();
}

}  // namespace relaywatch::collector
