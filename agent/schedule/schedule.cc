#include "agent/schedule/schedule.h"

#include <algorithm>
#include <utility>

#include "agent/schedule/rhythm.h"

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kMaxExtraProbes = 10;
constexpr milliseconds kMaxExtraSpread{600'000};
constexpr std::uint64_t kRound = 0x6d6f766564;  // and another
constexpr milliseconds kAskAgain{500};          // whether a busy service has become idle
constexpr std::chrono::minutes kRateWindow{1};
constexpr std::uint64_t kFirstRound = 0x66697273;  // another draw than phase and jitter

// The first round of a fresh agent: soon, but not everything at once.
milliseconds FirstWindow(std::size_t services) {
  return std::max<milliseconds>(milliseconds(5'000), milliseconds(100) * services);
}

Schedule::Time At(Schedule::Time start, milliseconds span, double fraction) {
  const auto us = static_cast<std::int64_t>(static_cast<double>(span.count()) * 1e3 * fraction);
  return start + std::chrono::microseconds(us);
}

// Half an interval after one probe the next phase counts again: after the first round, or a changed
// interval, the distance is between half and one and a half of it.
Schedule::Time NextRegular(std::uint64_t seed, milliseconds interval, Schedule::Time start) {
  return NextSlot(seed, interval, start + interval / 2);
}

}  // namespace

Schedule::Schedule(std::string agent, Ceilings ceilings)
    : agent_(std::move(agent)), ceilings_(ceilings) {}

void Schedule::Apply(const std::vector<Service>& services, Time now) {
  const milliseconds first_window = planned_ ? milliseconds(0) : FirstWindow(services.size());
  planned_ = planned_ || !services.empty();
  std::map<ServiceKey, Entry> entries;
  for (const Service& service : services) {
    auto node = entries_.extract(service.key);
    if (node) {
      Replan(node.mapped(), service, now);
      entries.insert(std::move(node));
    } else {
      entries.emplace(service.key, MakeEntry(service, now, first_window));
    }
  }
  entries_ = std::move(entries);
  std::erase_if(waiting_, [&](const ServiceKey& key) { return !entries_.contains(key); });
  queue_.clear();
  for (auto& [key, entry] : entries_) Enqueue(key, entry);
}

Schedule::Entry Schedule::MakeEntry(const Service& service, Time now,
                                    milliseconds first_window) const {
  Entry entry;
  entry.service = service;
  entry.seed = SeedOf(agent_, service.key);
  // Removed and named again while its last probe still runs.
  entry.state = running_.contains(service.key) ? State::kRunning : State::kIdle;
  entry.regular = first_window.count() > 0 ? At(now, std::min(first_window, service.interval),
                                                Fraction(entry.seed, kFirstRound))
                                           : NextSlot(entry.seed, service.interval, now);
  return entry;
}

void Schedule::Replan(Entry& entry, const Service& service, Time now) {
  const bool same_interval = entry.service.interval == service.interval;
  entry.service = service;
  if (same_interval) return;
  const Time earliest = entry.last_start ? *entry.last_start + service.interval / 2 : now;
  entry.regular = NextSlot(entry.seed, service.interval, std::max(now, earliest));
}

void Schedule::ProbeNow(const std::function<bool(const Service&)>& wanted, unsigned times,
                        milliseconds within, Time now) {
  times = std::min(times, kMaxExtraProbes);
  within = std::clamp(within, milliseconds(0), kMaxExtraSpread);
  for (auto& [key, entry] : entries_) {
    if (!wanted(entry.service)) continue;
    entry.extra.clear();
    for (unsigned i = 0; i < times; ++i) {
      const double place = (i + Fraction(entry.seed, kFirstRound + 1 + i)) / times;
      entry.extra.push_back(At(now, within, place));
    }
    queue_.erase({entry.queued_at, key});
    Enqueue(key, entry);
  }
}

void Schedule::BeginRound(milliseconds within, Time now) {
  for (auto& [key, entry] : entries_) {
    entry.extra = {At(now, within, Fraction(entry.seed, kRound))};
    entry.insists = true;
    queue_.erase({entry.queued_at, key});
    Enqueue(key, entry);
  }
}

void Schedule::Enqueue(const ServiceKey& key, Entry& entry) {
  Time next = entry.extra.empty() ? entry.regular : std::min(entry.regular, entry.extra.front());
  if (entry.last_start) next = std::max(next, *entry.last_start + kMinSpacing);
  entry.queued_at = next;
  queue_.emplace(next, key);
}

std::optional<Schedule::Time> Schedule::NextWake() const {
  std::optional<Time> next;
  if (!queue_.empty()) next = queue_.begin()->first;
  // What waits for something else than the rate waits for a Finished.
  if (!waiting_.empty() && HasReachedRate()) {
    const Time freed = starts_.front() + kRateWindow;
    next = std::min(next.value_or(freed), freed);
  }
  return next;
}

bool Schedule::HasReachedRate() const {
  return ceilings_.starts_per_minute != 0 && starts_.size() >= ceilings_.starts_per_minute;
}

std::vector<Service> Schedule::Due(Time now) {
  while (!queue_.empty() && queue_.begin()->first <= now) {
    const ServiceKey key = queue_.begin()->second;
    queue_.erase(queue_.begin());
    Entry& entry = entries_.at(key);
    OnDue(key, entry, now);
    Enqueue(key, entry);
  }
  while (!starts_.empty() && now - starts_.front() >= kRateWindow) starts_.pop_front();
  std::vector<Service> starting;
  std::erase_if(waiting_, [&](const ServiceKey& key) {
    Entry& entry = entries_.at(key);
    if (!MayStart(entry)) return false;
    starting.push_back(Start(entry, now));
    return true;
  });
  return starting;
}

void Schedule::OnDue(const ServiceKey& key, Entry& entry, Time now) {
  const milliseconds interval = entry.service.interval;
  if (now - entry.queued_at > interval / 10) {
    ++stats_.missed;
    std::erase_if(entry.extra, [now](Time time) { return time <= now; });
    if (entry.regular <= now) entry.regular = NextSlot(entry.seed, interval, now);
    return;
  }
  if (!entry.extra.empty() && entry.extra.front() <= now) entry.extra.pop_front();
  if (entry.regular <= now) entry.regular = NextRegular(entry.seed, interval, now);
  if (entry.state != State::kIdle) {
    if (entry.insists && entry.state == State::kRunning) {
      entry.extra = {now + kAskAgain};
    } else {
      ++stats_.skipped;
    }
    return;
  }
  entry.insists = false;
  entry.state = State::kWaiting;
  waiting_.push_back(key);
  // Counts from here, so that what waits under a ceiling is not due again at once.
  entry.last_start = now;
}

bool Schedule::MayStart(const Entry& entry) const {
  if (running_.size() >= ceilings_.in_flight || HasReachedRate()) return false;
  const auto host = running_by_host_.find(entry.service.host);
  return host == running_by_host_.end() || host->second < ceilings_.in_flight_per_host;
}

Service Schedule::Start(Entry& entry, Time now) {
  entry.state = State::kRunning;
  entry.last_start = now;
  running_.emplace(entry.service.key, entry.service.host);
  ++running_by_host_[entry.service.host];
  if (ceilings_.starts_per_minute != 0) starts_.push_back(now);
  ++stats_.started;
  return entry.service;
}

void Schedule::Finished(const ServiceKey& key) {
  const auto running = running_.find(key);
  if (running == running_.end()) return;
  const auto host = running_by_host_.find(running->second);
  if (--host->second == 0) running_by_host_.erase(host);
  running_.erase(running);
  const auto entry = entries_.find(key);
  if (entry != entries_.end()) entry->second.state = State::kIdle;
}

ScheduleStats Schedule::Stats() const {
  ScheduleStats stats = stats_;
  stats.in_flight = running_.size();
  return stats;
}

}  // namespace relaywatch::agent
