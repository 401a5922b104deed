// When each service is probed. Pure: the caller tells the time, the schedule says what is due.
//
// Every service has a phase of its own within its interval, hashed from the agent's and the
// service's names: a fleet spreads over the interval with nobody arranging it, and a service keeps
// its place through re-plans and restarts. The phase is a fraction of the interval, so a changed
// interval keeps it too. Around the phase there is a small jitter, hashed from the round, so that
// nothing stays in step with a periodic job of the server.
//   first plan   each service once within min(interval, max(5 s, 100 ms × services)), so that
//                results appear soon, then at its phase
//   later plans  new services begin at their phase: a push reaches a whole fleet at the same moment
//   late         a time that passed unseen (the host slept, the process was stopped) is not made up
//                for; the service waits for its next phase, and the miss is counted
//   busy         a service still being probed or waiting under a ceiling is not probed twice
//   ceilings     probes in flight in all, and per host, and begun in a minute; whatever the plan or
//   ProbeNow ask for, two
//                probes of one service begin at least kMinSpacing apart
// Times are on the steady clock. Confined to the agent's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/schedule/service.h"

namespace relaywatch::agent {

inline constexpr std::chrono::milliseconds kMinSpacing{5'000};

struct Ceilings {
  std::size_t in_flight = 1'000;
  std::size_t in_flight_per_host = 8;
  unsigned starts_per_minute = 0;  // 0: no bound
};

struct ScheduleStats {
  std::uint64_t started = 0;
  std::uint64_t skipped = 0;  // due while the service was still busy
  std::uint64_t missed = 0;   // due while nobody looked
  std::size_t in_flight = 0;
};

class Schedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Schedule(std::string agent, Ceilings ceilings = {});

  // Replaces what is probed. Services whose key stays keep their phase; running probes of services
  // that went are still to be reported to Finished.
  void Apply(const std::vector<Service>& services, Time now);

  // Probes each service that `wanted` picks `times` more, spread evenly over `within`. A new
  // request replaces what is left of the one before.
  void ProbeNow(const std::function<bool(const Service&)>& wanted, unsigned times,
                std::chrono::milliseconds within, Time now);

  // Probes every service once more, spread over `within`: the agent is elsewhere. A service that is
  // being probed is probed again afterwards, since that probe began in the old place.
  void BeginRound(std::chrono::milliseconds within, Time now);

  // When Due has something to say; nullopt: nothing until Apply, ProbeNow or Finished.
  std::optional<Time> NextWake() const;

  // The services to begin now; each must be given back to Finished, after which more may be due.
  std::vector<Service> Due(Time now);
  void Finished(const ServiceKey& key);

  // Another bound on starts_per_minute from here on.
  void SetStartsPerMinute(unsigned bound) { ceilings_.starts_per_minute = bound; }

  ScheduleStats Stats() const;

 private:
  enum class State { kIdle, kWaiting, kRunning };
  struct Entry {
    Service service;
    std::uint64_t seed = 0;
    State state = State::kIdle;
    Time regular;            // the next one of its own rhythm
    std::deque<Time> extra;  // asked for by ProbeNow, in order
    bool insists = false;    // the extra one is put off, not left out, while the service is busy
    std::optional<Time> last_start;
    Time queued_at;  // where it stands in queue_
  };

  Entry MakeEntry(const Service& service, Time now, std::chrono::milliseconds first_window) const;
  static void Replan(Entry& entry, const Service& service, Time now);
  void Enqueue(const ServiceKey& key, Entry& entry);
  void OnDue(const ServiceKey& key, Entry& entry, Time now);
  bool MayStart(const Entry& entry) const;
  bool HasReachedRate() const;
  Service Start(Entry& entry, Time now);

  const std::string agent_;
  Ceilings ceilings_;
  bool planned_ = false;  // a plan with services has been applied
  std::map<ServiceKey, Entry> entries_;
  std::set<std::pair<Time, ServiceKey>> queue_;  // every entry once, under its next time
  std::deque<ServiceKey> waiting_;               // due, held back by a ceiling
  std::deque<Time> starts_;                      // within the last minute, where they are bounded
  std::map<ServiceKey, std::string> running_;    // with the host each one talks to
  std::map<std::string, std::size_t> running_by_host_;
  ScheduleStats stats_;
};

}  // namespace relaywatch::agent
