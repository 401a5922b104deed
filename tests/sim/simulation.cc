#include "tests/sim/simulation.h"

#include <queue>
#include <string>
#include <variant>
#include <vector>

#include "collector/detect/detector.h"

namespace relaywatch::sim {
namespace {

using collector::detect::Action;
using collector::detect::ChangeEvent;
using collector::detect::Detector;
using collector::detect::ProbeOrder;

constexpr std::uint32_t kRegularPorts[kPorts] = {25, 587, 465};
// On its way to the agent.
constexpr std::int64_t kOrderMs = 200;

struct Event {
  std::int64_t time = 0;
  std::uint32_t agent = 0;
  std::uint32_t port = 0;
  bool is_regular = true;  // the next one follows after the interval
  // An arrival, where the probe started; 0 at a start.
  std::int64_t started = 0;
  Seen seen;

  bool operator>(const Event& other) const { return time > other.time; }
};

class Run {
 public:
  Run(const Conditions& conditions, std::int64_t lasts_ms, std::uint64_t seed)
      : world_(conditions, lasts_ms, seed), conditions_(conditions), until_(lasts_ms) {
    for (std::size_t port = 0; port < kPorts; ++port) {
      referees_.emplace_back(world_, port);
      detector_.Key({.location = "office",
                     .endpoint = "mail",
                     .port = kRegularPorts[port],
                     .protocol = v1::PROTOCOL_SMTP},
                    conditions.interval_ms);
    }
  }

  Score Finish() {
    for (std::uint32_t agent = 0; agent < conditions_.agents; ++agent) {
      for (std::uint32_t port = 0; port < kPorts; ++port) {
        const auto phase = static_cast<std::int64_t>(
            world_.Uniform(1, static_cast<double>(conditions_.interval_ms)));
        events_.push({.time = phase, .agent = agent, .port = port});
      }
    }
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      event.started == 0 ? Start(event) : Arrive(event);
    }
    for (Referee& referee : referees_) referee.Close(score_);
    return std::move(score_);
  }

 private:
  void Start(const Event& event) {
    if (event.time >= until_) return;
    if (event.is_regular) {
      Event next = event;
      next.time += conditions_.interval_ms;
      events_.push(next);
    }
    if (!world_.IsThere(event.agent, event.time)) return;
    ++score_.probes;
    if (!event.is_regular) ++score_.extra_probes;
    Event arrival = event;
    arrival.seen = world_.Probe(event.agent, event.port, event.time);
    arrival.started = event.time;
    arrival.time += arrival.seen.lasts_ms;
    events_.push(arrival);
  }

  void Arrive(const Event& event) {
    actions_.clear();
    detector_.Observe({.key = event.port,
                       .agent = event.agent,
                       .time_ms = event.started,
                       .received_ms = event.time,
                       .outcome = event.seen.outcome,
                       .answer = event.seen.answer},
                      actions_);
    for (const Action& action : actions_) {
      if (const auto* order = std::get_if<ProbeOrder>(&action)) Obey(*order, event.time);
      if (const auto* change = std::get_if<ChangeEvent>(&action)) {
        referees_[change->key].Hear(*change);
      }
    }
  }

  // As the agent does it: evenly over the time it is given, each a little at random.
  void Obey(const ProbeOrder& order, std::int64_t now) {
    const double slot = static_cast<double>(order.within_ms) / order.times;
    for (const std::uint32_t agent : order.agents) {
      for (std::uint32_t i = 0; i < order.times; ++i) {
        const auto wait = static_cast<std::int64_t>(slot * (i + world_.Uniform(0, 1)));
        events_.push({.time = now + kOrderMs + wait,
                      .agent = agent,
                      .port = order.key,
                      .is_regular = false});
      }
    }
  }

  World world_;
  Conditions conditions_;
  std::int64_t until_;
  Detector detector_;
  std::vector<Referee> referees_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<Action> actions_;
  Score score_;
};

}  // namespace

Score Simulate(const Conditions& conditions, std::int64_t lasts_ms, std::uint64_t seed) {
  return Run(conditions, lasts_ms, seed).Finish();
}

}  // namespace relaywatch::sim
