// One location's way to one endpoint with three ports, over months: what is really in force on each
// port and when, and what disturbs the view of it. The last port never changes. Everything is drawn
// beforehand from one seed, so that a run can be repeated. Times in milliseconds from zero.
// Confined to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "collector/detect/answer.h"

namespace relaywatch::sim {

inline constexpr std::int64_t kSecond = 1'000;
inline constexpr std::int64_t kMinute = 60 * kSecond;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;
inline constexpr std::int64_t kYear = 365 * kDay;
inline constexpr std::size_t kPorts = 3;

// Rates are assumptions. The marks hold with these; docs/decisions/0005 says what a harsher
// port_outage_every_ms does.
struct Conditions {
  std::size_t agents = 2;
  std::int64_t interval_ms = kMinute;
  double loss = 0.05;       // probes that end in a timeout or a reset
  double stray = 0.002;     // answers that are wrong, each by itself
  double greylisted = 0.2;  // foreign recipients put off, while a greylisting spell lasts
  std::int64_t flip_every_ms = 2 * kDay;          // of one port's rule, on average
  std::int64_t agent_outage_every_ms = kDay;      // all of an agent's probes lost, 0.5-5 min
  std::int64_t port_outage_every_ms = 14 * kDay;  // one agent's connects to one port, 0.5-3 min
  std::int64_t location_outage_every_ms = 5 * kDay;
  std::int64_t wrong_burst_every_ms = 5 * kDay;  // one agent is told the same wrong thing, 20-90 s
  std::int64_t storm_every_ms = 3 * kDay;        // 4xx and 421 for 5-60 min
  std::int64_t greylisting_every_ms = 2 * kDay;  // for 1-12 h
  std::int64_t restart_every_ms = 2 * kDay;      // RST for 1-10 s
  std::int64_t leave_every_ms = 0;               // an agent is away for 1-12 h; 0: never
  double second_member = 0;                      // of a pool: the share of its answers; 0: no pool
};

// Begin, end and which variant.
struct Spell {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::size_t variant = 0;
};

// Asked in the order of time, mostly: looks from where it last was.
class Spells {
 public:
  void Add(Spell spell) { spells_.push_back(spell); }
  const Spell* At(std::int64_t time) const;
  const std::vector<Spell>& all() const { return spells_; }

 private:
  std::vector<Spell> spells_;
  mutable std::size_t cursor_ = 0;
};

// What a probe brings home, and when.
struct Seen {
  const collector::detect::Answer* answer = nullptr;
  std::int64_t outcome = 0;
  std::int64_t lasts_ms = 0;
};

class World {
 public:
  World(const Conditions& conditions, std::int64_t until, std::uint64_t seed);

  bool IsThere(std::size_t agent, std::int64_t time) const;
  Seen Probe(std::size_t agent, std::size_t port, std::int64_t time);
  // Whole while one rule is in force, in order.
  const std::vector<Spell>& Truth(std::size_t port) const { return truth_[port].all(); }
  std::size_t MemberOf(std::size_t port) const { return second_member_[port]; }
  const Conditions& conditions() const { return conditions_; }
  double Uniform(double from, double to);

 private:
  void DrawTruth(std::size_t port, std::int64_t until);
  Spells Draw(std::int64_t every, std::int64_t least, std::int64_t most, std::int64_t until);
  std::size_t OtherThan(std::size_t variant);
  Seen Whole(std::size_t port, std::size_t variant, std::int64_t time);

  Conditions conditions_;
  std::mt19937_64 random_;
  std::vector<Spells> truth_;
  std::vector<std::size_t> second_member_;
  std::vector<Spells> storms_, greylisting_, restarts_;  // by port
  std::vector<Spells> outages_, wrong_, away_;           // by agent
  std::vector<std::vector<Spells>> port_outages_;        // by agent and port
  Spells location_outage_;
};

}  // namespace relaywatch::sim
