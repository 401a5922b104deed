#include "collector/ingest/writer.h"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <utility>

#include "collector/ingest/plan_revision.h"

namespace relaywatch::collector {
namespace {

using std::chrono::steady_clock;

// Memory of one group's messages: enough to make the disk's wait cheap, small enough to stay in
// cache.
constexpr std::size_t kGroupBytes = 8 * 1024 * 1024;
// From one commit to the next where little waits: an Ack may be that late, the disk is asked that
// seldom.
constexpr std::chrono::milliseconds kCommitSpacing{100};
constexpr std::chrono::seconds kRememberEvery{10};
// A clock that is kept right by small steps back has not been put back.
constexpr std::int64_t kDisciplinedMs = 60'000;
// Suspicions that nobody confirmed end then.
constexpr std::chrono::minutes kTickEvery{1};
// Who waits for a store in trouble must not keep the daemon from being stopped.
constexpr std::chrono::seconds kAskTime{10};
// The store's maintenance may take as long as the work since it last had its turn, however much
// waits: it needs less than that, and so keeps up. Within these bounds, for nobody shall wait long.
constexpr std::chrono::milliseconds kMinMaintenance{25};
constexpr std::chrono::milliseconds kMaxMaintenance{100};
// Results that all streams together may have on the way, and the share of one.
constexpr std::size_t kResultsOnTheWay = 400'000;
constexpr std::size_t kMinCredit = 400;
constexpr std::size_t kMaxCredit = 8'000;

}  // namespace

Writer::Writer(const WriterDeps& deps) : deps_(deps) {}

Writer::~Writer() { Stop(); }

absl::Status Writer::Start(v1::Plan plan, const std::vector<judge::ClientProfile>& profiles,
                           FleetLimits limits) {
  const auto ids = deps_.store.ReadLastIds();
  if (!ids.ok()) return ids.status();
  const auto agents = deps_.store.ReadAgents();
  if (!agents.ok()) return agents.status();
  for (const AgentRow& agent : *agents) {
    deps_.fleet.Remember(agent.name, agent.last_seen_ms, agent.location);
  }
  dictionary_ = std::make_unique<Dictionary>(deps_.store, *ids, nullptr);
  book_ = std::make_unique<AgentBook>(deps_.store, *dictionary_, *agents);
  watch_ = std::make_unique<ChangeWatch>(*ids, deps_.policy_metrics);
  context_ = std::make_unique<SessionContext>(
      SessionContext{*dictionary_, *book_, deps_.fleet, deps_.live, *watch_, deps_.ingest_metrics,
                     deps_.clock, nullptr});
  limits_ = std::move(limits);
  planned_fleet_.Update(deps_.fleet.Active(deps_.clock.Now().wall_ms));
  if (auto installed = Install(std::move(plan), profiles); !installed.ok()) return installed;
  if (auto restored = Restore(); !restored.ok()) return restored;
  deps_.store_metrics.Size(deps_.store.Stats());
  remember_at_ = steady_clock::now() + kRememberEvery;
  tick_at_ = steady_clock::now() + kTickEvery;
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "writer");
  return absl::OkStatus();
}

absl::Status Writer::Install(v1::Plan plan, const std::vector<judge::ClientProfile>& profiles) {
  plan_ = std::move(plan);
  auto stretched = PlanForFleet();
  if (!stretched.ok()) return stretched.status();
  auto installed = InstallProfiles(profiles, deps_.clock.Now().wall_ms, deps_.store);
  if (!installed.ok()) return installed.status();
  context_->plan = std::make_shared<const v1::Plan>(*std::move(stretched));
  dictionary_->Use(*installed);
  deps_.live.Use(context_->plan, *installed);
  watch_->Use(context_->plan);
  deps_.matrix.Use({context_->plan, *installed});
  return absl::OkStatus();
}

// The configured plan within the limits, with its revision.
absl::StatusOr<v1::Plan> Writer::PlanForFleet() const {
  v1::Plan plan = StretchToLimits(plan_, limits_, planned_fleet_.size());
  for (const v1::Endpoint& endpoint : plan.endpoints()) {
    const auto limit = limits_.find(endpoint.name());
    if (limit == limits_.end()) continue;
    if (const double over = Overrun(endpoint, limit->second, planned_fleet_.size()); over > 0.5) {
      spdlog::warn(
          "config: endpoint {}: even with an interval of a day {} agents make {:.0f} "
          "connections a minute too many",
          endpoint.name(), planned_fleet_.size(), over);
    }
  }
  const auto revision = TakeRevision(plan, deps_.store);
  if (!revision.ok()) return revision.status();
  plan.set_revision(*revision);
  return plan;
}

// Agents come and go: keeps the limits, and pushes a plan only where that takes another one.
void Writer::FollowFleet() {
  known_agents_ = deps_.fleet.known();
  if (!planned_fleet_.Update(deps_.fleet.Active(deps_.clock.Now().wall_ms))) return;
  if (limits_.empty()) return;
  auto plan = PlanForFleet();
  if (!plan.ok()) {
    spdlog::error("fleet: the plan is not made anew: {}", std::string(plan.status().message()));
    planned_fleet_ = {};  // tried again at the next look
    return;
  }
  if (plan->revision() == context_->plan->revision()) return;
  spdlog::info("fleet: plan {} keeps the limits with {} agents", plan->revision(),
               planned_fleet_.size());
  context_->plan = std::make_shared<const v1::Plan>(*std::move(plan));
  watch_->Use(context_->plan);
  deps_.matrix.Use({context_->plan, dictionary_->profiles()});
  Push();
}

void Writer::Push() {
  v1::CollectorMessage push;
  *push.mutable_plan() = *context_->plan;
  deps_.fleet.Broadcast(push);
}

absl::Status Writer::Restore() {
  present_ms_ = deps_.clock.Now().wall_ms;
  const auto states = deps_.store.ReadLatest();
  if (!states.ok()) return states.status();
  std::vector<MatrixEntry> entries;
  for (const LatestState& state : *states) {
    auto outcome = dictionary_->Load(state.outcome);
    if (!outcome.ok()) return outcome.status();
    // Since when is not known any more: longer than the collector has been running.
    const std::int64_t time_ms = std::min(state.time_ms, present_ms_);
    entries.push_back({std::make_shared<const SeriesRow>(state.series), time_ms,
                       *std::move(outcome), time_ms, true});
  }
  // Several series (addresses) make one cell: the newest of them counts.
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; });
  for (const MatrixEntry& entry : entries) {
    if (LiveKey* key = deps_.live.Find(entry.series->key)) deps_.live.Show(*key, *entry.outcome);
  }
  deps_.matrix.Update(entries);
  const auto policy = deps_.store.ReadPolicy();
  if (!policy.ok()) return policy.status();
  CommitSet set;
  watch_->Restore(*policy, present_ms_, set);
  return set.empty() ? absl::OkStatus() : deps_.store.Commit(set);
}

absl::Status Writer::Reload(v1::Plan plan, std::vector<judge::ClientProfile> profiles,
                            FleetLimits limits) {
  return Ask([this, plan = std::move(plan), profiles = std::move(profiles),
              limits = std::move(limits)] { return Replace(plan, profiles, limits); });
}

absl::Status Writer::AcceptChange(std::uint64_t id) {
  return Ask([this, id] { return Accept(id); });
}

// Has the writer's thread do it between two commits, and waits for the answer.
absl::Status Writer::Ask(std::function<absl::Status()> task) {
  // Shared, since a task that is not waited for any longer still runs.
  struct Request {
    std::promise<absl::Status> done;
    std::atomic<bool> abandoned{false};
  };
  const auto request = std::make_shared<Request>();
  std::future<absl::Status> done = request->done.get_future();
  deps_.queue.Post([request, task = std::move(task)] {
    if (!request->abandoned) request->done.set_value(task());
  });
  if (done.wait_for(kAskTime) == std::future_status::ready) return done.get();
  request->abandoned = true;
  return absl::UnavailableError("the store does not answer");
}

absl::Status Writer::Replace(v1::Plan plan, const std::vector<judge::ClientProfile>& profiles,
                             FleetLimits limits) {
  limits_ = std::move(limits);
  if (auto installed = Install(std::move(plan), profiles); !installed.ok()) return installed;
  for (auto& [link, session] : sessions_) {
    if (session != nullptr) session->Rejudge();
  }
  std::vector<MatrixEntry> entries = deps_.matrix.Entries();
  for (MatrixEntry& entry : entries) entry.outcome = dictionary_->Refresh(entry.outcome);
  deps_.matrix.Update(entries);
  Push();
  return absl::OkStatus();
}

absl::Status Writer::Accept(std::uint64_t id) {
  if (halted_) return absl::UnavailableError("the collector stops");
  auto accepted = watch_->Accept(id, deps_.clock.Now().wall_ms, group_.set);
  if (!accepted.ok()) return accepted;
  accepted = Settle();
  halted_ = !accepted.ok();
  return accepted;
}

void Writer::Stop() {
  if (!thread_.joinable()) return;
  deps_.queue.Stop();
  deps_.store.Stop();
  thread_.join();
}

void Writer::Run() {
  auto not_before = steady_clock::now();
  while (true) {
    const auto deadline = maintain_more_ ? steady_clock::now() : remember_at_;
    IngestQueue::Taken taken = deps_.queue.Take(kGroupBytes, deadline, not_before);
    not_before = steady_clock::now() + kCommitSpacing;
    for (const auto& task : taken.tasks) task();
    FollowClock();
    for (IngestItem& item : taken.items) {
      if (!halted_) Handle(item);
    }
    WatchForChanges();
    if (!halted_) halted_ = !Settle().ok();
    const bool due = steady_clock::now() >= remember_at_ || taken.stopped;
    if (due && !halted_) halted_ = !RememberLatest().ok();
    // An agent that is new may be the one too many; that some have gone can wait.
    const bool grown = deps_.fleet.known() != known_agents_;
    if ((due || grown) && !halted_) FollowFleet();
    for (const IngestItem& item : taken.items) item.link->Release(item.bytes);
    deps_.store_metrics.QueueBytes(deps_.queue.bytes());
    if (taken.stopped) return;
    if (!halted_) Maintain(not_before);
  }
}

// What is remembered of times to come would hide what comes until then.
void Writer::FollowClock() {
  const std::int64_t now_ms = deps_.clock.Now().wall_ms;
  if (now_ms >= present_ms_ - kDisciplinedMs) {
    present_ms_ = std::max(present_ms_, now_ms);
    return;
  }
  spdlog::warn("the clock was put back by {} s; what was suspected of changes begins anew",
               (present_ms_ - now_ms) / 1000);
  present_ms_ = now_ms;
  watch_->GoBack(now_ms, group_.set);
  deps_.matrix.GoBack(now_ms);
}

void Writer::WatchForChanges() {
  if (steady_clock::now() < tick_at_) return;
  tick_at_ = steady_clock::now() + kTickEvery;
  watch_->Tick(deps_.clock.Now().wall_ms, group_.set);
}

// Between two commits, for as long as nothing much waits; always a little, for it must keep up.
void Writer::Maintain(steady_clock::time_point next_commit) {
  const auto start = steady_clock::now();
  const auto share =
      std::clamp<steady_clock::duration>(start - maintained_at_, kMinMaintenance, kMaxMaintenance);
  do {
    const auto more = deps_.store.Maintain(deps_.clock.Now().wall_ms);
    if (more.ok() == maintenance_fails_) {
      maintenance_fails_ = !more.ok();
      if (more.ok()) {
        spdlog::info("store: maintenance works again");
      } else {
        spdlog::error("store: maintenance: {}; it is tried again",
                      std::string(more.status().message()));
      }
    }
    maintain_more_ = more.ok() && *more;
    maintained_at_ = steady_clock::now();
  } while (maintain_more_ && (maintained_at_ - start < share ||
                              (maintained_at_ < next_commit && !deps_.queue.WorthACommit())));
}

void Writer::Handle(IngestItem& item) {
  if (item.envelope == nullptr) {
    Retire(item);
    sessions_.erase(item.link.get());
    group_.closing.push_back(item.link);
    return;
  }
  const auto [session, fresh] = sessions_.try_emplace(item.link.get());
  if (fresh) session->second = std::make_unique<Session>(item.link, *context_);
  if (session->second == nullptr) return;  // came before the agent knew that it had been refused
  const absl::Status applied = item.oversize > 0
                                   ? session->second->RefuseLength(item.oversize)
                                   : session->second->Apply(item.envelope->message(), group_);
  if (absl::IsCancelled(applied)) {
    halted_ = true;
  } else if (!applied.ok()) {
    spdlog::warn("ingest: agent {} at {}: {}", item.link->agent(), item.link->peer(),
                 std::string(applied.message()));
    item.link->End(applied);
    Retire(item);
  }
}

// What the session has added to the group still counts, so it lives on until that is settled.
void Writer::Retire(const IngestItem& item) {
  const auto found = sessions_.find(item.link.get());
  if (found == sessions_.end() || found->second == nullptr) return;
  if (found->second->greeted()) group_.set.agents.push_back(found->second->row());
  group_.ended.push_back(std::move(found->second));
  if (deps_.fleet.Disconnect(*item.link)) {
    spdlog::info("ingest: agent {} disconnected from {}", item.link->agent(), item.link->peer());
  }
}

absl::Status Writer::Settle() {
  for (EpochProgress* epoch : group_.dirty_epochs) {
    group_.set.epochs.push_back(epoch->row);
    epoch->dirty = false;
    epoch->stored = true;
  }
  if (!group_.set.empty()) {
    const auto start = steady_clock::now();
    if (auto committed = deps_.store.Commit(group_.set); !committed.ok()) return committed;
    deps_.store_metrics.Committed(steady_clock::now() - start, deps_.store.Stats());
  }
  Show();  // before it is acknowledged, so that who has the Ack finds it in the metrics
  watch_->Settle(group_.set, [this](std::uint32_t agent, const v1::ProbeNow& order) {
    v1::CollectorMessage message;
    *message.mutable_probe_now() = order;
    deps_.fleet.Send(book_->NameOf(agent), message);
  });
  const std::uint32_t credit = Credit();
  for (Session* session : group_.sessions) session->Speak(credit);
  for (const auto& link : group_.closing) link->End(absl::OkStatus());
  group_.Clear();
  dictionary_->Trim();
  return absl::OkStatus();
}

void Writer::Show() {
  std::vector<MatrixEntry> entries;
  entries.reserve(group_.touched_paths.size());
  for (const auto& path : group_.touched_paths) {
    deps_.live.Count(*path->live, path->outcome, path->run);
    deps_.live.Show(*path->live, *path->outcome);
    entries.push_back({path->series, path->time_ms, path->outcome});
    latest_[path->series->id] = {path->series->id, path->time_ms, path->outcome->id};
    path->run = 0;
    path->touched = false;
  }
  deps_.live.Publish();
  deps_.matrix.Update(entries);
  CountLane(v1::LANE_LIVE, group_.live);
  CountLane(v1::LANE_BACKLOG, group_.backlog);
  for (const GapRow& gap : group_.set.gaps) {
    deps_.ingest_metrics.Gap(gap.reason, gap.last_seq - gap.first_seq + 1);
  }
}

void Writer::CountLane(v1::Lane lane, const LaneCounts& counts) {
  deps_.ingest_metrics.Results(lane, counts.results);
  deps_.ingest_metrics.Duplicates(lane, counts.duplicates);
  deps_.ingest_metrics.Rewinds(lane, counts.rewinds);
}

// Now and then instead of with every result: after a crash the rows written since tell the rest.
absl::Status Writer::RememberLatest() {
  remember_at_ = steady_clock::now() + kRememberEvery;
  const std::int64_t results = deps_.store.Stats().results;
  if (latest_.empty() && results == remembered_results_) return absl::OkStatus();
  for (const auto& [series, row] : latest_) group_.set.latest.push_back(row);
  group_.set.latest_complete = true;
  latest_.clear();
  remembered_results_ = results;
  return Settle();
}

std::uint32_t Writer::Credit() const {
  const std::size_t streams = std::max<std::size_t>(sessions_.size(), 1);
  return static_cast<std::uint32_t>(std::clamp(kResultsOnTheWay / streams, kMinCredit, kMaxCredit));
}

}  // namespace relaywatch::collector
