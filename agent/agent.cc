#include "agent/agent.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <utility>

#include "agent/spool/memory_spool.h"
#include "agent/spool/sqlite_spool.h"

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kProbesMayFinish{1'000};
constexpr milliseconds kFlushLimit{3'000};
constexpr std::size_t kMaxErrorBytes = 200;  // of a spool's trouble, in a status
constexpr milliseconds kRoundSpread{2'000};  // of a round in a new place

Peer PeerOf(const Settings& settings) {
  return {settings.config.collector, settings.config.collector_name, settings.identity};
}

SpoolBounds BoundsOf(const Config& config) {
  return {.max_results = config.MaxResults(),
          .max_bytes = config.queue.max_bytes,
          .max_age = config.queue.max_age,
          .min_free_percent = config.queue.min_free_percent};
}

bool SamePeer(const Peer& a, const Peer& b) {
  return a.address == b.address && a.name == b.name && a.identity.key_pem == b.identity.key_pem &&
         a.identity.chain_pem == b.identity.chain_pem && a.identity.ca_pem == b.identity.ca_pem;
}

bool Wanted(const v1::ProbeNow& order, const Service& service, const std::string& location) {
  return (order.endpoint().empty() || order.endpoint() == service.key.endpoint) &&
         (order.port() == 0 || order.port() == service.key.port) &&
         (order.location().empty() || order.location() == location);
}

milliseconds WithinOf(const v1::ProbeNow& order) {
  constexpr std::int64_t kMaxSeconds = 3'600;  // Schedule has a bound of its own below this one
  const std::int64_t seconds = std::clamp<std::int64_t>(order.within().seconds(), 0, kMaxSeconds);
  return milliseconds(seconds * 1000 + order.within().nanos() / 1'000'000);
}

}  // namespace

absl::StatusOr<Settings> LoadSettings(const std::string& config_file, const Clock& clock) {
  auto config = LoadConfig(config_file);
  if (!config.ok()) return config.status();
  const std::int64_t now = clock.Now().wall_ms / 1000;
  auto identity = LoadIdentity(config->identity, config->ca, now);
  if (!identity.ok()) return identity.status();
  if (identity->uri.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: the certificate is no agent's: it has no URI name "
                    "spiffe://DEPLOYMENT/agent/NAME",
                    config->identity));
  }
  auto logins = Logins::Load(config->logins);
  if (!logins.ok()) return logins.status();
  return Settings{*std::move(config), *std::move(identity), *std::move(logins)};
}

absl::StatusOr<std::unique_ptr<Agent>> Agent::Create(asio::io_context& io, const Clock& clock,
                                                     Settings settings) {
  auto engine = ProbeEngine::Create(io, settings.config);
  if (!engine.ok()) return engine.status();
  std::unique_ptr<Agent> agent(new Agent(io, clock, std::move(settings), *std::move(engine)));
  if (auto kept = agent->KeepLogins(); !kept.ok()) return kept;
  return agent;
}

Agent::Agent(asio::io_context& io, const Clock& clock, Settings settings,
             std::shared_ptr<ProbeEngine> engine)
    : io_(io),
      clock_(clock),
      settings_(std::move(settings)),
      policy_(std::make_shared<Policy>(settings_.config.policy)),
      plan_file_(settings_.config.state_directory),
      whereabouts_(MakeHostNetwork(io), settings_.config.location, settings_.config.source_address),
      schedule_(settings_.identity.uri),
      schedule_timer_(io),
      login_throttle_(std::make_shared<LoginThrottle>(clock)),
      engine_(std::move(engine)),
      housekeeping_(io),
      stop_timer_(io) {}

absl::Status Agent::KeepLogins() {
  const std::string& directory = settings_.config.state_directory;
  if (directory.empty()) return absl::OkStatus();
  return login_throttle_->KeepIn(directory + "/logins", settings_.logins);
}

absl::Status Agent::Start() {
  const std::string& directory = settings_.config.state_directory;
  const SpoolBounds bounds = BoundsOf(settings_.config);
  if (directory.empty()) {
    spool_ = std::make_unique<MemorySpool>(RandomEpoch(), bounds.max_results);
  } else {
    auto opened = SqliteSpool::Open(io_, clock_, directory, bounds);
    if (!opened.ok()) return opened.status();
    spool_ = *std::move(opened);
  }
  whereabouts_.Watch([this] { OnMoved(); });
  Orders& orders = *this;
  uplink_ = std::make_unique<Uplink>(io_, clock_, *spool_, orders, PeerOf(settings_));
  if (const auto plan = plan_file_.Read()) OnPlan(*plan);
  uplink_->Start();
  KeepIdentityFresh();
  housekeeping_.Start();
  return absl::OkStatus();
}

void Agent::KeepIdentityFresh() {
  renewer_.reset();
  if (!settings_.config.enrollment) return;
  renewer_ = std::make_unique<Renewer>(io_, clock_, settings_.config, settings_.identity,
                                       [this](Identity identity) {
                                         settings_.identity = std::move(identity);
                                         if (!stopped_) uplink_->Reconfigure(PeerOf(settings_));
                                       });
  renewer_->Start();
}

absl::Status Agent::Reload(Settings settings) {
  if (settings.identity.uri != settings_.identity.uri) {
    return absl::FailedPreconditionError(
        fmt::format("{} is of {}, but this agent is {}; restart it", settings.config.identity,
                    settings.identity.uri, settings_.identity.uri));
  }
  if (settings.config.state_directory != settings_.config.state_directory) {
    return absl::FailedPreconditionError("state_directory has changed; restart the agent");
  }
  auto engine = ProbeEngine::Create(io_, settings.config);
  if (!engine.ok()) return engine.status();
  const bool same_peer = SamePeer(PeerOf(settings), PeerOf(settings_));
  for (const std::string& user : settings.logins.ChangedUsers(settings_.logins)) {
    login_throttle_->Forgive(user);
  }
  settings_ = std::move(settings);
  engine_ = *std::move(engine);
  spool_->SetBounds(BoundsOf(settings_.config));
  whereabouts_.SetDeclared(settings_.config.location, settings_.config.source_address);
  policy_ = std::make_shared<Policy>(settings_.config.policy);
  plan_.Recheck(*policy_);
  UsePlan();
  if (!same_peer) {
    uplink_->Reconfigure(PeerOf(settings_));
  } else if (plan_.revision() != 0) {
    uplink_->Report(plan_.Report());
  }
  if (!uplink_->Connected()) uplink_->Reconnect();  // whoever reloads does not want to wait
  KeepIdentityFresh();
  return absl::OkStatus();
}

v1::PlanReport Agent::OnPlan(const v1::Plan& plan) {
  CheckedPlan checked = plan_.Adopt(plan, *policy_);
  if (!checked.problems.empty()) {
    v1::PlanReport report;
    report.set_revision(checked.revision);
    for (const v1::PlanRefusal& problem : checked.problems) {
      spdlog::error("plan {}: {}{}: {}", checked.revision,
                    problem.endpoint().empty() ? "plan" : problem.endpoint(),
                    problem.port() == 0 ? "" : fmt::format(":{}", problem.port()),
                    problem.reason());
      *report.add_refusals() = problem;
    }
    spdlog::error("plan {}: not adopted; plan {} stays in force", checked.revision,
                  plan_.revision());
    return report;
  }
  plan_file_.Keep(plan);
  whereabouts_.SetRules(std::move(checked.locations));
  UsePlan();
  v1::PlanReport report = plan_.Report();
  spdlog::info("plan {}: in force, {} services of {} endpoints, {} refusals", plan_.revision(),
               plan_.services().size(), plan.endpoints_size(), report.refusals_size());
  return report;
}

void Agent::UsePlan() {
  recorder_.Keep(plan_.services());
  whereabouts_.Keep(plan_.services());
  schedule_.SetStartsPerMinute(policy_->max_probes_per_minute());
  schedule_.Apply(plan_.services(), clock_.Steady());
  ProbeWhatIsDue();
}

void Agent::OnProbeNow(const v1::ProbeNow& order) {
  const auto wanted = [&](const Service& service) {
    std::string location = recorder_.LocationOf(service.key);
    if (location.empty()) location = whereabouts_.Latest();
    return Wanted(order, service, location);
  };
  schedule_.ProbeNow(wanted, order.times(), WithinOf(order), clock_.Steady());
  ProbeWhatIsDue();
}

v1::AgentStatus Agent::Status() const {
  const SpoolStats spool = spool_->Stats();
  v1::AgentStatus status;
  status.set_queued_results(spool.queued);
  status.set_queue_capacity(spool.capacity);
  status.set_oldest_wall_ms(spool.oldest_wall_ms);
  status.set_spool_bytes(spool.bytes);
  status.set_spool_error(spool.error.substr(0, kMaxErrorBytes));
  for (const auto& [reason, results] : spool.drops) {
    v1::DropCount& drops = *status.add_drops();
    drops.set_reason(reason);
    drops.set_results(results);
  }
  status.set_location(whereabouts_.Latest());
  status.set_wall_ms(clock_.Now().wall_ms);
  status.set_certificate_not_after(settings_.identity.not_after);
  status.set_probes_in_flight(schedule_.Stats().in_flight);
  status.set_plan_revision(plan_.revision());
  status.set_plan_refusals(static_cast<std::uint64_t>(plan_.Report().refusals_size()));
  status.set_policy_refused_probes(plan_.refused_probes());
  return status;
}

void Agent::ProbeWhatIsDue() {
  if (stopped_) return;
  for (Service& service : schedule_.Due(clock_.Steady())) {
    asio::co_spawn(io_, Probe(engine_, std::move(service)), asio::detached);
  }
  ArmScheduleTimer();
}

void Agent::ArmScheduleTimer() {
  const auto wake = schedule_.NextWake();
  if (!wake) {
    schedule_timer_.cancel();
    return;
  }
  schedule_timer_.expires_at(*wake);
  schedule_timer_.async_wait([this](const asio::error_code& error) {
    if (!error) ProbeWhatIsDue();
  });
}

asio::awaitable<void> Agent::Probe(std::shared_ptr<ProbeEngine> engine, Service service) {
  probe::Request request = engine->RequestFor(service);
  settings_.logins.AddTo(request);
  request.login_gate = login_throttle_->GateOf(service.host, service.login_interval);
  request.address_filter = policy_;
  const Whereabouts::Standpoint begin = whereabouts_.Begin(service.key);
  std::vector<probe::Report> reports = co_await engine->Run(std::move(request));
  schedule_.Finished(service.key);
  CheckForbidden(service, reports);
  for (probe::Report& report : reports) {
    if (!report.untried) Record(service, begin, report);
  }
  if (stopped_ && schedule_.Stats().in_flight == 0) stop_timer_.cancel();
  ProbeWhatIsDue();
}

void Agent::CheckForbidden(const Service& service, const std::vector<probe::Report>& reports) {
  if (plan_.Met(service.key, reports.front().forbidden)) uplink_->Report(plan_.Report());
}

// Another place, other rules: nobody should wait an interval to learn them. The stream may have
// ended with the old address, which TCP would notice minutes later.
void Agent::OnMoved() {
  if (stopped_) return;
  schedule_.BeginRound(kRoundSpread, clock_.Steady());
  uplink_->Reconnect();
  ProbeWhatIsDue();
}

void Agent::Record(const Service& service, const Whereabouts::Standpoint& begin,
                   probe::Report& report) {
  const Whereabouts::Place place = whereabouts_.End(service, begin, report, clock_.Steady());
  report.facts.set_relay_expectation(service.expect_relay.At(place.location));
  Recorded recorded = recorder_.Record(service, place.location, report);
  recorded.result.result.set_moved(place.moved);
  recorded.result.result.set_captive_portal(place.captive_portal);
  spool_->Append(std::move(recorded.result), recorded.changed);
  WarnOfDrops();
  uplink_->Appended(recorded.changed);
}

// Once when it begins, and again only after the queue has been half empty.
void Agent::WarnOfDrops() {
  const SpoolStats stats = spool_->Stats();
  if (stats.queued < stats.capacity / 2) warned_of_drops_ = false;
  std::uint64_t drops = 0;
  for (const auto& [reason, results] : stats.drops) drops += results;
  if (drops == drops_seen_) return;
  drops_seen_ = drops;
  if (std::exchange(warned_of_drops_, true)) return;
  spdlog::warn("spool: over its bounds with {} results, the oldest are given up ({} so far)",
               stats.queued, drops);
}

void Agent::Stop(std::function<void()> done) {
  if (stopped_) return;
  stopped_ = std::move(done);
  housekeeping_.Stop();
  whereabouts_.StopWatching();
  schedule_timer_.cancel();
  const std::size_t running = schedule_.Stats().in_flight;
  if (running == 0) return StopUplink();
  stop_timer_.expires_at(clock_.Steady() + kProbesMayFinish);
  stop_timer_.async_wait([this](const asio::error_code&) { StopUplink(); });
}

void Agent::StopUplink() {
  uplink_->Stop(kFlushLimit, [this] {
    spdlog::info("stopped: {} results left unacknowledged, {} probes given up",
                 spool_->Stats().queued, schedule_.Stats().in_flight);
    stopped_();
  });
}

}  // namespace relaywatch::agent
