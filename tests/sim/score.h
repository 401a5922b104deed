// What was told against what is true: how late each change was told, and what was told that did not
// happen. Confined to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "collector/detect/change.h"
#include "tests/sim/world.h"

namespace relaywatch::sim {

struct Score {
  double key_years = 0;
  std::size_t changes = 0;  // that took place
  std::size_t missed = 0;   // of these: not confirmed within an hour
  std::size_t false_alarms = 0;
  std::size_t false_probables = 0;
  std::size_t pools = 0;        // keys that are pools
  std::size_t pools_told = 0;   // as a set of rules
  std::size_t pool_alarms = 0;  // a member told as a change
  std::uint64_t probes = 0;
  std::uint64_t extra_probes = 0;   // of these: ordered by the detector
  std::vector<double> confirmed_s;  // delay from the change to the news
  std::vector<double> probable_s;
  std::vector<std::string> told_wrongly;  // the first of them, for people

  void Add(const Score& other);
  double FalseAlarmsPerKeyYear() const;
};

// The value below which this share of values lies; 0 of none.
double Quantile(std::vector<double> values, double share);

// Listens to what one key's detector tells.
class Referee {
 public:
  Referee(const World& world, std::size_t port) : world_(world), port_(port) {}

  void Hear(const collector::detect::ChangeEvent& event);
  // After the last one.
  void Close(Score& score);

 private:
  void HearConfirmed(const collector::detect::ChangeEvent& event, std::size_t spell);
  bool IsTrue(const collector::detect::ChangeEvent& event, std::size_t spell) const;
  void Blame(const collector::detect::ChangeEvent& event, std::size_t& counter);
  std::size_t SpellAt(std::int64_t time) const;

  const World& world_;
  std::size_t port_;
  Score score_;
  std::vector<std::size_t> confirmed_;  // spells whose beginning was told
  std::vector<std::size_t> probable_;
  bool told_pool_ = false;
};

}  // namespace relaywatch::sim
