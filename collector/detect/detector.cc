#include "collector/detect/detector.h"

#include <algorithm>

#include "common/taxonomy.h"

namespace relaywatch::collector::detect {
namespace {

const Rule& Blocked() {
  static const Rule rule = [] {
    Rule blocked;
    blocked.Set(Facet::kReach, "blocked");
    return blocked;
  }();
  return rule;
}

}  // namespace

Detector::KeyState::KeyState(KeyName name_in, std::int64_t interval_ms)
    : name(std::move(name_in)),
      tracks{Track(kServedPolicy), Track(kLoginPolicy), Track(kCertificatePolicy)},
      attendance(interval_ms) {}

KeyId Detector::Key(const KeyName& name, std::int64_t interval_ms) {
  const auto [it, is_new] = numbers_.try_emplace(TupleOf(name), static_cast<KeyId>(keys_.size()));
  if (is_new) {
    keys_.push_back(std::make_unique<KeyState>(name, interval_ms));
    siblings_[{name.location, name.endpoint}].push_back(it->second);
  } else {
    keys_[it->second]->attendance.SetInterval(interval_ms);
  }
  return it->second;
}

std::optional<KeyId> Detector::Find(const KeyName& name) const {
  const auto found = numbers_.find(TupleOf(name));
  return found != numbers_.end() ? std::optional(found->second) : std::nullopt;
}

void Detector::Restore(KeyId key, TrackId track, const std::vector<Rule>& rules,
                       std::int64_t since_ms, std::int64_t now_ms) {
  std::vector<RulePtr> interned;
  interned.reserve(rules.size());
  for (const Rule& rule : rules) interned.push_back(book_.Intern(rule));
  if (!interned.empty()) keys_[key]->At(track).Restore(std::move(interned), since_ms, now_ms);
}

Here Detector::HereOf(const KeyState& key, std::int64_t now_ms) const {
  return {.agents = key.attendance.Present(now_ms),
          .interval_ms = key.attendance.interval_ms(),
          .now_ms = now_ms};
}

void Detector::Observe(const Observation& observation, std::vector<Action>& actions) {
  if (observation.flags != 0) return;
  const Answer& answer = *observation.answer;
  const Vote vote{observation.agent, observation.time_ms, observation.outcome};
  if (answer.kind == AnswerKind::kConnectFailure) {
    ObserveFailure(observation, vote, actions);
    return;
  }
  if (answer.rule.known() == 0) return;
  if (answer.rule.Value(Facet::kReach) == "open") {
    reached_.Note(vote.agent, observation.key, vote.time_ms);
  }
  KeyState& key = *keys_[observation.key];
  key.attendance.Spoke(vote.agent, vote.time_ms);
  for (std::size_t i = 0; i < kTrackCount; ++i) {
    Track& track = key.tracks[i];
    if (track.AgreesQuickly(vote, observation.received_ms)) continue;
    if ((answer.rule.known() & track.policy().facets) == 0) continue;
    track.Observe({vote, answer.rule}, HereOf(key, observation.received_ms), book_, news_);
    if (!news_.empty()) {
      Tell(observation.key, static_cast<TrackId>(i), vote.agent, observation.received_ms, actions);
    }
  }
}

void Detector::ObserveFailure(const Observation& observation, const Vote& vote,
                              std::vector<Action>& actions) {
  KeyState& key = *keys_[observation.key];
  Track& track = key.At(TrackId::kServed);
  const RuleSet& rules = track.rules();
  // Where the port is known to be blocked, one failure more is just what was to be expected, and
  // speaks against whatever seemed to have answered.
  const bool is_expected = !rules.empty() && rules.front()->Value(Facet::kReach) == "blocked";
  const std::vector<Vote>* failures = nullptr;
  if (!is_expected) {
    if (HasWitness(observation)) failures = key.attendance.Failed(vote);
    if (failures == nullptr || failures->size() < kConnectFailures) {
      AskAboutFailure(observation, actions);
      return;
    }
  }
  key.attendance.Heard(vote.agent, vote.time_ms);
  track.Observe({vote, Blocked(), failures}, HereOf(key, observation.received_ms), book_, news_);
  Tell(observation.key, TrackId::kServed, vote.agent, observation.received_ms, actions);
}

// Something else answered this agent in the same seconds: its line was not down.
bool Detector::HasWitness(const Observation& observation) const {
  return reached_
      .OtherThan(observation.agent, observation.key, observation.time_ms - kWitnessMs,
                 observation.time_ms + kWitnessMs)
      .has_value();
}

// One failure may be loss; it is worth asking about while something else was reached just before.
// That other is asked as well: only what answers meanwhile tells a blocked port from an outage.
void Detector::AskAboutFailure(const Observation& observation, std::vector<Action>& actions) {
  KeyState& key = *keys_[observation.key];
  const std::int64_t now_ms = observation.received_ms;
  const RuleSet& rules = key.At(TrackId::kServed).rules();
  if (rules.empty() || now_ms - key.failure_order_ms < kMinuteMs) return;
  const auto witness = reached_.OtherThan(observation.agent, observation.key,
                                          observation.time_ms - 2 * kMinuteMs, now_ms);
  if (!witness) return;
  key.failure_order_ms = now_ms;
  Order(observation.key, observation.agent, 2 * kBlockedVotesEach, now_ms, actions);
  Order(*witness, observation.agent, kConnectFailures, now_ms, actions);
}

void Detector::Tell(KeyId key, TrackId track, std::uint32_t agent, std::int64_t now_ms,
                    std::vector<Action>& actions) {
  for (News& news : news_) {
    switch (news.kind) {
      case NewsKind::kOpened:
      case NewsKind::kCompleted:
        actions.emplace_back(HistoryRow{.key = key,
                                        .track = track,
                                        .valid_from_ms = news.since_ms,
                                        .outcome = news.evidence.back().outcome,
                                        .rules = std::move(news.after)});
        break;
      case NewsKind::kSuspected:
        Order(key, agent, news.missing, now_ms, actions);
        break;
      default:
        TellChange(key, track, news, now_ms, actions);
    }
  }
  news_.clear();
}

void Detector::TellChange(KeyId key, TrackId track, News& news, std::int64_t now_ms,
                          std::vector<Action>& actions) {
  const Policy& policy = keys_[key]->At(track).policy();
  const Surroundings surroundings = SurroundingsOf(key, now_ms);
  ChangeEvent event{.id = news.event != 0 ? news.event : ++last_event_,
                    .key = key,
                    .track = track,
                    .state = news.kind == NewsKind::kProbable    ? ChangeState::kProbable
                             : news.kind == NewsKind::kCancelled ? ChangeState::kCancelled
                                                                 : ChangeState::kConfirmed,
                    .is_informational = policy.is_informational,
                    .is_pool = news.before.size() > 1 || news.after.size() > 1,
                    .since_ms = news.since_ms,
                    .decided_ms = now_ms};
  FacetMask different = 0;
  for (const RulePtr& before : news.before) {
    for (const RulePtr& after : news.after) different |= Difference(*before, *after);
  }
  event.kinds = KindsOf(different & policy.facets);
  if (news.kind == NewsKind::kSetChanged) {
    event.words =
        DescribeSet(news.before, news.after, policy.facets, news.is_divided, surroundings);
  } else if (news.kind == NewsKind::kCancelled) {
    event.words = "not confirmed: the answers are as before";
  } else {
    event.words =
        DescribeDifference(*news.before.front(), *news.after.front(), policy.facets, surroundings);
  }
  if (news.kind == NewsKind::kProbable) keys_[key]->At(track).SetEvent(event.id);
  if (event.state == ChangeState::kConfirmed) {
    actions.emplace_back(
        HistoryRow{.key = key,
                   .track = track,
                   .closes = true,
                   .valid_from_ms = news.since_ms,
                   .outcome = news.evidence.empty() ? 0 : news.evidence.back().outcome,
                   .rules = news.after});
  }
  event.before = std::move(news.before);
  event.after = std::move(news.after);
  event.evidence = std::move(news.evidence);
  actions.emplace_back(std::move(event));
}

// Quickly where several agents answer; one agent is asked a few times, and again later (track.cc),
// since what comes in the same seconds may have the same passing cause.
void Detector::Order(KeyId key, std::uint32_t agent, std::size_t missing, std::int64_t now_ms,
                     std::vector<Action>& actions) {
  constexpr std::size_t kMostOrders =
      20;  // an hour and key: a rule that flaps is no reason to flood
  constexpr std::size_t kMostAgents = 4;
  constexpr std::size_t kMostTimes = 8;
  constexpr std::int64_t kQuickMs = 20 * kSecondMs;
  constexpr std::int64_t kSingleMs = 45 * kSecondMs;
  constexpr std::size_t kSingleTimes = 4;
  KeyState& state = *keys_[key];
  if (now_ms - state.orders_since_ms >= kHourMs) {
    state.orders_since_ms = now_ms;
    state.orders = 0;
  }
  if (state.orders >= kMostOrders) return;
  ++state.orders;
  ProbeOrder order{.key = key, .agents = state.attendance.Choose(agent, kMostAgents, now_ms)};
  const std::size_t agents = order.agents.size();
  // One more each than needed: some get lost.
  const std::size_t each =
      agents > 1 ? (missing + agents - 1) / agents : std::min(missing, kSingleTimes);
  const std::size_t times = each + 1;
  order.times = static_cast<std::uint32_t>(std::min(times, kMostTimes));
  order.within_ms = agents > 1 ? kQuickMs : kSingleMs;
  actions.emplace_back(std::move(order));
}

void Detector::GoBack(std::int64_t now_ms, std::vector<Action>& actions) {
  reached_ = {};
  for (KeyId key = 0; key < keys_.size(); ++key) {
    KeyState& state = *keys_[key];
    state.attendance = Attendance(state.attendance.interval_ms());
    state.orders_since_ms = state.failure_order_ms = 0;
    for (std::size_t i = 0; i < kTrackCount; ++i) {
      state.tracks[i].GoBack(HereOf(state, now_ms), news_);
      Tell(key, static_cast<TrackId>(i), 0, now_ms, actions);
    }
  }
}

void Detector::Tick(std::int64_t now_ms, std::vector<Action>& actions) {
  for (KeyId key = 0; key < keys_.size(); ++key) {
    for (std::size_t i = 0; i < kTrackCount; ++i) {
      Track& track = keys_[key]->tracks[i];
      if (!track.is_suspecting()) continue;
      track.Expire(HereOf(*keys_[key], now_ms), news_);
      Tell(key, static_cast<TrackId>(i), 0, now_ms, actions);
    }
  }
}

std::vector<RulePtr> Detector::Rules(KeyId key, TrackId track) const {
  return keys_[key]->At(track).rules().Rules();
}

Surroundings Detector::SurroundingsOf(KeyId key, std::int64_t now_ms) const {
  constexpr std::int64_t kFreshMs = 5 * kMinuteMs;
  const KeyName& name = keys_[key]->name;
  Surroundings surroundings{.port = name.port};
  surroundings.protocol = relaywatch::Label(name.protocol);
  std::transform(surroundings.protocol.begin(), surroundings.protocol.end(),
                 surroundings.protocol.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  for (const KeyId other : siblings_.at({name.location, name.endpoint})) {
    const KeyState& sibling = *keys_[other];
    const RuleSet& rules = sibling.tracks[static_cast<std::size_t>(TrackId::kServed)].rules();
    const bool answers = other != key && !rules.empty() &&
                         rules.front()->Value(Facet::kReach) == "open" &&
                         now_ms - sibling.attendance.last_spoke_ms() <= kFreshMs;
    if (answers) surroundings.answering_ports.push_back(sibling.name.port);
  }
  std::sort(surroundings.answering_ports.begin(), surroundings.answering_ports.end());
  return surroundings;
}

}  // namespace relaywatch::collector::detect
