// Notices when the rule of a server changed, for every (location, endpoint, port, protocol):
// answers go in with their time and their agent, and out come orders to probe again, rows of rule
// history, and change events in words. Knows no clock and does no I/O: the same observations in the
// same order give the same actions, in the collector as in the simulator (tests/sim).
//
// Kept over a restart: the open rows of rule history (Restore) and the last event number. What was
// only suspected is forgotten, and suspected again by the next answers.
//
// Cost: under a microsecond for an answer like those before it. Confined to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "collector/detect/answer.h"
#include "collector/detect/attendance.h"
#include "collector/detect/change.h"
#include "collector/detect/difference.h"
#include "collector/detect/reached.h"
#include "collector/detect/rule_book.h"
#include "collector/detect/track.h"

namespace relaywatch::collector::detect {

struct Observation {
  KeyId key = 0;
  std::uint32_t agent = 0;       // small numbers: a table is indexed by them
  std::int64_t time_ms = 0;      // start of the probe
  std::int64_t received_ms = 0;  // the present, as far as the detector knows one
  std::int64_t outcome = 0;      // the answer's identity; never 0
  std::uint32_t flags = 0;       // moved, backlog, captive portal: any of them, and it has no vote
  const Answer* answer = nullptr;
};

class Detector {
 public:
  explicit Detector(std::uint64_t last_event = 0) : last_event_(last_event) {}

  // The number of a key, the same for the same name; `interval_ms` is how often each agent probes
  // it from now on.
  KeyId Key(const KeyName& name, std::int64_t interval_ms = kMinuteMs);
  // Of a key that there is already.
  std::optional<KeyId> Find(const KeyName& name) const;
  std::size_t key_count() const { return keys_.size(); }
  const KeyName& NameOf(KeyId key) const { return keys_[key]->name; }

  void Restore(KeyId key, TrackId track, const std::vector<Rule>& rules, std::int64_t since_ms,
               std::int64_t now_ms);

  void Observe(const Observation& observation, std::vector<Action>& actions);
  // The clock was put back, which nothing else here expects: what is kept of times to come would
  // keep every answer until then from counting. Goes on as after a restart.
  void GoBack(std::int64_t now_ms, std::vector<Action>& actions);
  // Now and then: lets suspicions end that nothing came to confirm.
  void Tick(std::int64_t now_ms, std::vector<Action>& actions);

  // The rules in force; empty while they are being learned.
  std::vector<RulePtr> Rules(KeyId key, TrackId track) const;
  Surroundings SurroundingsOf(KeyId key, std::int64_t now_ms) const;
  std::uint64_t last_event() const { return last_event_; }

 private:
  struct KeyState {
    KeyState(KeyName name_in, std::int64_t interval_ms);
    Track& At(TrackId track) { return tracks[static_cast<std::size_t>(track)]; }

    KeyName name;
    std::array<Track, kTrackCount> tracks;
    Attendance attendance;
    std::int64_t orders_since_ms = 0;  // an hour of ProbeNow orders: how many were given
    std::size_t orders = 0;
    std::int64_t failure_order_ms = 0;  // of the last one because of failures to connect
  };

  void ObserveFailure(const Observation& observation, const Vote& vote,
                      std::vector<Action>& actions);
  bool HasWitness(const Observation& observation) const;
  void AskAboutFailure(const Observation& observation, std::vector<Action>& actions);
  void Tell(KeyId key, TrackId track, std::uint32_t agent, std::int64_t now_ms,
            std::vector<Action>& actions);
  void TellChange(KeyId key, TrackId track, News& news, std::int64_t now_ms,
                  std::vector<Action>& actions);
  void Order(KeyId key, std::uint32_t agent, std::size_t missing, std::int64_t now_ms,
             std::vector<Action>& actions);
  Here HereOf(const KeyState& key, std::int64_t now_ms) const;

  using NameTuple = std::tuple<std::string, std::string, std::uint32_t, int>;
  static NameTuple TupleOf(const KeyName& name) {
    return {name.location, name.endpoint, name.port, name.protocol};
  }

  std::map<NameTuple, KeyId> numbers_;
  std::vector<std::unique_ptr<KeyState>> keys_;
  std::map<std::pair<std::string, std::string>, std::vector<KeyId>> siblings_;
  RuleBook book_;
  Reached reached_;
  std::vector<News> news_;
  std::uint64_t last_event_;
};

}  // namespace relaywatch::collector::detect
