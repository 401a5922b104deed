#include "tests/sim/score.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/sim/variants.h"

namespace relaywatch::sim {
namespace {

using collector::detect::ChangeEvent;
using collector::detect::ChangeState;
using collector::detect::Difference;
using collector::detect::Facet;
using collector::detect::kServedFacets;

constexpr std::size_t kMaxToldWrongly = 20;
constexpr double kMsPerSecond = 1'000;

bool Has(const std::vector<std::size_t>& spells, std::size_t spell) {
  return std::find(spells.begin(), spells.end(), spell) != spells.end();
}

}  // namespace

void Score::Add(const Score& other) {
  key_years += other.key_years;
  changes += other.changes;
  missed += other.missed;
  false_alarms += other.false_alarms;
  false_probables += other.false_probables;
  pools += other.pools;
  pools_told += other.pools_told;
  pool_alarms += other.pool_alarms;
  probes += other.probes;
  extra_probes += other.extra_probes;
  confirmed_s.insert(confirmed_s.end(), other.confirmed_s.begin(), other.confirmed_s.end());
  probable_s.insert(probable_s.end(), other.probable_s.begin(), other.probable_s.end());
  told_wrongly.insert(told_wrongly.end(), other.told_wrongly.begin(), other.told_wrongly.end());
}

double Score::FalseAlarmsPerKeyYear() const {
  return key_years > 0 ? static_cast<double>(false_alarms) / key_years : 0;
}

double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto index = std::min(values.size() - 1,
                              static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index),
                   values.end());
  return values[index];
}

std::size_t Referee::SpellAt(std::int64_t time) const {
  const auto& truth = world_.Truth(port_);
  std::size_t spell = 0;
  while (spell + 1 < truth.size() && truth[spell].end <= time) ++spell;
  return spell;
}

// What is told to be otherwise is so, and began to be so lately.
bool Referee::IsTrue(const ChangeEvent& event, std::size_t spell) const {
  const Spell& in_force = world_.Truth(port_)[spell];
  if (spell == 0 || event.decided_ms - in_force.begin > kHour) return false;
  const auto& after = *event.after.front();
  if (in_force.variant == BlockedVariant()) return after.Value(Facet::kReach) == "blocked";
  const auto told = Difference(*event.before.front(), after) & kServedFacets;
  return (Difference(after, Variants()[in_force.variant].answer.rule) & told) == 0;
}

void Referee::Blame(const ChangeEvent& event, std::size_t& counter) {
  ++counter;
  if (score_.told_wrongly.size() >= kMaxToldWrongly) return;
  const auto& truth = world_.Truth(port_);
  const std::size_t spell = SpellAt(event.decided_ms);
  score_.told_wrongly.push_back(fmt::format(
      "{} {} at {:.1f} h while \"{}\" since {:.1f} h (was \"{}\"): {}", Label(event.state),
      event.id, static_cast<double>(event.decided_ms) / kHour,
      Variants()[truth[spell].variant].name, static_cast<double>(truth[spell].begin) / kHour,
      spell > 0 ? Variants()[truth[spell - 1].variant].name : "-", event.words));
}

void Referee::Hear(const ChangeEvent& event) {
  if (event.state == ChangeState::kCancelled) return;
  const std::size_t spell = SpellAt(event.decided_ms);
  if (world_.conditions().second_member > 0) {
    if (event.is_pool && event.after.size() > 1) {
      told_pool_ = true;
    } else if (event.state == ChangeState::kConfirmed) {
      Blame(event, score_.pool_alarms);
    }
    return;
  }
  if (event.state == ChangeState::kConfirmed) {
    HearConfirmed(event, spell);
  } else if (!IsTrue(event, spell)) {
    Blame(event, score_.false_probables);
  } else if (!Has(probable_, spell)) {
    probable_.push_back(spell);
    score_.probable_s.push_back(
        static_cast<double>(event.decided_ms - world_.Truth(port_)[spell].begin) / kMsPerSecond);
  }
}

void Referee::HearConfirmed(const ChangeEvent& event, std::size_t spell) {
  // A change may be told in parts, as its facets get known.
  constexpr std::int64_t kPartsMs = 10 * kMinute;
  const bool is_repeated = Has(confirmed_, spell);
  const std::int64_t late_ms = event.decided_ms - world_.Truth(port_)[spell].begin;
  if (!IsTrue(event, spell) || (is_repeated && late_ms > kPartsMs)) {
    Blame(event, score_.false_alarms);
    return;
  }
  if (is_repeated) return;
  confirmed_.push_back(spell);
  score_.confirmed_s.push_back(
      static_cast<double>(event.decided_ms - world_.Truth(port_)[spell].begin) / kMsPerSecond);
}

void Referee::Close(Score& score) {
  const auto& truth = world_.Truth(port_);
  score_.key_years = static_cast<double>(truth.back().end) / static_cast<double>(kYear);
  score_.changes = truth.size() - 1;
  score_.missed = score_.changes - confirmed_.size();
  if (world_.conditions().second_member > 0) {
    score_.pools = 1;
    score_.pools_told = told_pool_ ? 1 : 0;
  }
  score.Add(score_);
}

}  // namespace relaywatch::sim
