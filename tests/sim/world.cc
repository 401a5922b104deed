#include "tests/sim/world.h"

#include <algorithm>

#include "tests/sim/variants.h"

namespace relaywatch::sim {
namespace {

template <typename Passings>
Seen SeenAs(const Passings& passing) {
  return {&passing.answer, passing.outcome, passing.lasts_ms};
}

}  // namespace

const Spell* Spells::At(std::int64_t time) const {
  while (cursor_ > 0 && spells_[cursor_ - 1].end > time) --cursor_;
  while (cursor_ < spells_.size() && spells_[cursor_].end <= time) ++cursor_;
  if (cursor_ == spells_.size() || spells_[cursor_].begin > time) return nullptr;
  return &spells_[cursor_];
}

World::World(const Conditions& conditions, std::int64_t until, std::uint64_t seed)
    : conditions_(conditions), random_(seed) {
  const Conditions& c = conditions_;
  truth_.resize(kPorts);
  second_member_.resize(kPorts);
  for (std::size_t port = 0; port < kPorts; ++port) {
    DrawTruth(port, until);
    storms_.push_back(Draw(c.storm_every_ms, 5 * kMinute, kHour, until));
    greylisting_.push_back(Draw(c.greylisting_every_ms, kHour, 12 * kHour, until));
    restarts_.push_back(Draw(c.restart_every_ms, kSecond, 10 * kSecond, until));
    second_member_[port] = 1 + random_() % 2;
  }
  port_outages_.resize(c.agents);
  for (std::size_t agent = 0; agent < c.agents; ++agent) {
    outages_.push_back(Draw(c.agent_outage_every_ms, 30 * kSecond, 5 * kMinute, until));
    wrong_.push_back(Draw(c.wrong_burst_every_ms, 20 * kSecond, 90 * kSecond, until));
    // The first one stays: where nobody looks there is nothing to detect.
    away_.push_back(Draw(agent == 0 ? 0 : c.leave_every_ms, kHour, 12 * kHour, until));
    for (std::size_t port = 0; port < kPorts; ++port) {
      port_outages_[agent].push_back(
          Draw(c.port_outage_every_ms, 30 * kSecond, 3 * kMinute, until));
    }
  }
  location_outage_ = Draw(c.location_outage_every_ms, 30 * kSecond, 5 * kMinute, until);
}

double World::Uniform(double from, double to) {
  return std::uniform_real_distribution<double>(from, to)(random_);
}

// Changes at least three hours apart, the first after an hour; a pool's own rules stay.
void World::DrawTruth(std::size_t port, std::int64_t until) {
  constexpr std::int64_t kLeast = 3 * kHour;
  std::int64_t begin = 0;
  std::size_t variant = 0;
  while (begin < until) {
    // Blocked ports are told from a lost network by another one that answers.
    const bool stays =
        conditions_.second_member > 0 || conditions_.flip_every_ms == 0 || port + 1 == kPorts;
    const double wait = stays ? static_cast<double>(until)
                              : std::exponential_distribution<double>(
                                    1.0 / static_cast<double>(conditions_.flip_every_ms))(random_);
    const std::int64_t end = std::min(until, begin + kLeast + static_cast<std::int64_t>(wait));
    truth_[port].Add({begin, end, variant});
    // Half of the changes are taken back.
    variant = variant != 0 && random_() % 2 == 0 ? 0 : OtherThan(variant);
    begin = end;
  }
}

Spells World::Draw(std::int64_t every, std::int64_t least, std::int64_t most, std::int64_t until) {
  Spells spells;
  if (every == 0) return spells;
  std::exponential_distribution<double> wait(1.0 / static_cast<double>(every));
  std::int64_t begin = static_cast<std::int64_t>(wait(random_));
  while (begin < until) {
    const auto lasts =
        static_cast<std::int64_t>(Uniform(static_cast<double>(least), static_cast<double>(most)));
    spells.Add({begin, begin + lasts, random_() % Variants().size()});
    begin += lasts + static_cast<std::int64_t>(wait(random_));
  }
  return spells;
}

std::size_t World::OtherThan(std::size_t variant) {
  const std::size_t other = random_() % (Variants().size() - 1);
  return other < variant ? other : other + 1;
}

bool World::IsThere(std::size_t agent, std::int64_t time) const {
  return away_[agent].At(time) == nullptr;
}

Seen World::Whole(std::size_t port, std::size_t variant, std::int64_t time) {
  const Variant& rule = Variants()[variant];
  const bool put_off =
      greylisting_[port].At(time) != nullptr && Uniform(0, 1) < conditions_.greylisted;
  return put_off ? Seen{&rule.greylisted, rule.greylisted_outcome, rule.lasts_ms} : SeenAs(rule);
}

Seen World::Probe(std::size_t agent, std::size_t port, std::int64_t time) {
  const bool is_lost = location_outage_.At(time) != nullptr ||
                       outages_[agent].At(time) != nullptr || Uniform(0, 1) < conditions_.loss;
  if (is_lost) return SeenAs(Losses()[random_() % Losses().size()]);
  if (port_outages_[agent][port].At(time) != nullptr) return SeenAs(Losses().front());
  const std::size_t in_force = truth_[port].At(time)->variant;
  if (const Spell* wrong = wrong_[agent].At(time)) return SeenAs(Variants()[wrong->variant]);
  if (Uniform(0, 1) < conditions_.stray) return SeenAs(Variants()[OtherThan(in_force)]);
  // A port that nothing reaches has no storms.
  if (Variants()[in_force].answer.rule.Value(collector::detect::Facet::kReach) != "open")
    return SeenAs(Variants()[in_force]);
  if (restarts_[port].At(time) != nullptr) return SeenAs(RestartRefusal());
  if (storms_[port].At(time) != nullptr) {
    // Some get as far as the recipient.
    const std::size_t reply = random_() % (StormReplies().size() + 1);
    if (reply < StormReplies().size()) return SeenAs(StormReplies()[reply]);
    const Variant& rule = Variants()[in_force];
    return {&rule.greylisted, rule.greylisted_outcome, rule.lasts_ms};
  }
  if (conditions_.second_member > 0 && Uniform(0, 1) < conditions_.second_member) {
    return Whole(port, second_member_[port], time);
  }
  return Whole(port, in_force, time);
}

}  // namespace relaywatch::sim
