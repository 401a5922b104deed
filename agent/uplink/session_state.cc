#include "agent/uplink/session_state.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/result_stamp.h"

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kMaxCredit = 50'000;
constexpr milliseconds kMaxPause{300'000};
constexpr milliseconds kReadAgain{5'000};

milliseconds PauseOf(const v1::Ack& ack) {
  const std::int64_t seconds = std::clamp<std::int64_t>(ack.pause().seconds(), 0, 300);
  return std::clamp(milliseconds(seconds * 1000 + ack.pause().nanos() / 1'000'000), milliseconds(0),
                    kMaxPause);
}

}  // namespace

v1::Hello SessionState::MakeHello(const std::string& version, Instant now,
                                  std::uint64_t plan_revision) {
  v1::Hello hello;
  hello.set_version(version);
  hello.set_boot_id(boot_id_);
  hello.set_wall_ms(now.wall_ms);
  hello.set_boot_ms(now.boot_ms);
  hello.set_plan_revision(plan_revision);
  std::vector<SpoolEpoch> epochs = spool_.Epochs();
  if (epochs.size() > kMaxEpochsOfStream) {  // the head and the oldest
    epochs.erase(epochs.begin() + kMaxEpochsOfStream - 1, epochs.end() - 1);
  }
  for (const SpoolEpoch& epoch : epochs) {
    announced_.push_back(epoch.epoch);
    v1::EpochState& state = *hello.add_epochs();
    state.set_epoch(epoch.epoch);
    state.set_first_seq(epoch.first_seq);
    state.set_last_seq(epoch.last_seq);
    state.set_lane(epoch.epoch == epochs.back().epoch ? v1::LANE_LIVE : v1::LANE_BACKLOG);
  }
  return hello;
}

absl::Status SessionState::OnWelcome(const v1::Welcome& welcome, Time now) {
  if (welcomed_) return absl::InvalidArgumentError("the collector welcomed us twice");
  const auto same = [](const v1::DurableEpoch& theirs, std::uint64_t ours) {
    return theirs.epoch() == ours;
  };
  if (!std::equal(welcome.epochs().begin(), welcome.epochs().end(), announced_.begin(),
                  announced_.end(), same)) {
    return absl::InvalidArgumentError("the collector's welcome is not for our queue");
  }
  welcomed_ = true;
  const std::vector<SpoolEpoch> epochs = spool_.Epochs();
  for (const v1::DurableEpoch& durable : welcome.epochs()) {
    const auto epoch = std::ranges::find(epochs, durable.epoch(), &SpoolEpoch::epoch);
    if (epoch != epochs.end()) Meet(*epoch, durable);
  }
  ServeHead();
  credit_ = std::min(welcome.credit(), kMaxCredit);
  Flush(now);
  return absl::OkStatus();
}

void SessionState::Meet(const SpoolEpoch& epoch, const v1::DurableEpoch& durable) {
  if (IsForeign(epoch, durable)) {
    const std::uint64_t name = spool_.Rename(epoch.epoch);
    spdlog::warn(
        "uplink: a copy of this agent has used epoch {:016x}; what the collector did not "
        "acknowledge to us goes under {:016x}",
        epoch.epoch, name);
    cursors_.emplace_back(name, 0);
    return;
  }
  spool_.Release(epoch.epoch, durable.durable_seq());
  cursors_.emplace_back(epoch.epoch, std::min(durable.durable_seq(), epoch.last_seq));
}

bool SessionState::IsForeign(const SpoolEpoch& epoch, const v1::DurableEpoch& durable) {
  if (durable.durable_seq() > epoch.last_seq) return epoch.own;
  if (durable.stamp() == 0 || epoch.first_seq == 0 || durable.durable_seq() < epoch.first_seq) {
    return false;
  }
  const auto chunk = spool_.Read(epoch.epoch, durable.durable_seq(), 1, 1);
  if (!chunk.ok() || chunk->first_seq != durable.durable_seq()) return false;
  return chunk->gaps.empty() && chunk->results.size() == 1 &&
         ResultStamp(chunk->results.front().result) != durable.stamp();
}

EpochCursor* SessionState::Find(std::uint64_t epoch) {
  return const_cast<EpochCursor*>(static_cast<const SessionState*>(this)->Find(epoch));
}

const EpochCursor* SessionState::Find(std::uint64_t epoch) const {
  const auto found = std::ranges::find(cursors_, epoch, &EpochCursor::epoch);
  return found == cursors_.end() ? nullptr : &*found;
}

// A head that began after the Hello is new to the collector as well.
void SessionState::ServeHead() {
  const std::uint64_t head = spool_.Head().epoch;
  if (Find(head) == nullptr) cursors_.emplace_back(head, 0);
}

absl::Status SessionState::OnAck(const v1::Ack& ack, Time now) {
  if (!welcomed_) return absl::InvalidArgumentError("an Ack before the Welcome");
  EpochCursor* cursor = Find(ack.epoch());
  if (cursor == nullptr) return absl::InvalidArgumentError("an Ack for a queue that is not ours");
  if (auto settled = cursor->OnAck(ack.durable_seq()); !settled.ok()) return settled;
  spool_.Release(ack.epoch(), ack.durable_seq());
  credit_ = std::min(ack.credit(), kMaxCredit);
  paused_until_ = now + PauseOf(ack);
  return absl::OkStatus();
}

absl::Status SessionState::OnRewind(const v1::Rewind& rewind) {
  if (!welcomed_) return absl::InvalidArgumentError("a Rewind before the Welcome");
  EpochCursor* cursor = Find(rewind.epoch());
  if (cursor == nullptr) return absl::InvalidArgumentError("a Rewind for a queue that is not ours");
  if (auto back = cursor->OnRewind(rewind.expected()); !back.ok()) return back;
  flush_at_ = Time{};
  return absl::OkStatus();
}

void SessionState::OnAppended(Time now, bool at_once) {
  if (welcomed_) ServeHead();
  const Time latest = at_once ? now : now + kMaxBatchDelay;
  flush_at_ = std::min(flush_at_.value_or(latest), latest);
}

void SessionState::Flush(Time now) {
  if (Unsent(spool_.Head()) > 0) flush_at_ = std::min(flush_at_.value_or(now), now);
}

std::optional<v1::Batch> SessionState::NextBatch(Time now, std::int64_t boot_ms_now) {
  if (!welcomed_) return std::nullopt;
  const BootTime boot_now{boot_id_, boot_ms_now};
  ServeHead();
  const auto due = [now](std::optional<Time> wake) { return wake && *wake <= now; };
  const std::vector<SpoolEpoch> epochs = spool_.Epochs();
  const SpoolEpoch& head = epochs.back();
  if (due(WakeOf(head, /*live=*/true))) {
    Batch batch = Build(head, Room(), now, boot_now);
    if (Unsent(head) == 0) flush_at_.reset();
    if (batch && batch->lane() == v1::LANE_BACKLOG) {
      spool_.BeginEpoch();
      ServeHead();
    }
    if (batch) return batch;
  }
  for (const SpoolEpoch& epoch : epochs) {
    if (epoch.epoch == head.epoch || !due(WakeOf(epoch, /*live=*/false))) continue;
    if (Batch batch = Build(epoch, BacklogRoom(), now, boot_now)) return batch;
  }
  return std::nullopt;
}

SessionState::Batch SessionState::Build(const SpoolEpoch& epoch, std::size_t room, Time now,
                                        BootTime boot_now) {
  EpochCursor& cursor = *Find(epoch.epoch);
  auto built = BuildBatch(spool_, epoch, cursor.next_seq(), room, boot_now, dictionary_);
  if (!built.ok()) {
    spdlog::warn("uplink: the spool cannot be read: {}", std::string(built.status().message()));
    cursor.WaitUntil(now + kReadAgain);
    return std::nullopt;
  }
  if (built->last_seq == 0) {
    dictionary_full_ = true;  // the only reason for which the next result fits into no batch
    return std::nullopt;
  }
  cursor.Sent(built->last_seq, static_cast<std::size_t>(built->batch.results_size()));
  return std::move(built->batch);
}

std::uint64_t SessionState::Unsent(const SpoolEpoch& epoch) const {
  const EpochCursor* cursor = Find(epoch.epoch);
  return cursor == nullptr ? 0 : epoch.last_seq + 1 - cursor->next_seq();
}

std::size_t SessionState::Room() const {
  std::size_t out = 0;
  for (const EpochCursor& cursor : cursors_) out += cursor.results_out();
  return credit_ > out ? credit_ - out : 0;
}

std::size_t SessionState::BacklogRoom() const {
  const std::size_t reserved = credit_ / 4;
  return Room() > reserved ? Room() - reserved : 0;
}

std::optional<SessionState::Time> SessionState::WakeOf(const SpoolEpoch& epoch, bool live) const {
  const std::uint64_t unsent = Unsent(epoch);
  if (held_back_ || dictionary_full_ || unsent == 0) return std::nullopt;
  if ((live ? Room() : BacklogRoom()) == 0) return std::nullopt;
  const bool ready = !live || unsent >= kMaxBatchResults;
  const Time at = ready ? Time{} : flush_at_.value_or(Time{});
  return std::max({at, paused_until_, Find(epoch.epoch)->not_before()});
}

std::optional<SessionState::Time> SessionState::NextWake() const {
  if (!welcomed_) return std::nullopt;
  std::optional<Time> first;
  const std::vector<SpoolEpoch> epochs = spool_.Epochs();
  for (const SpoolEpoch& epoch : epochs) {
    const auto wake = WakeOf(epoch, epoch.epoch == epochs.back().epoch);
    if (wake) first = std::min(first.value_or(*wake), *wake);
  }
  return first;
}

bool SessionState::Settled() const { return std::ranges::all_of(cursors_, &EpochCursor::Settled); }

bool SessionState::Drained() const {
  const std::vector<SpoolEpoch> epochs = spool_.Epochs();
  return Settled() &&
         std::ranges::all_of(epochs, [this](const auto& epoch) { return Unsent(epoch) == 0; });
}

bool SessionState::NeedsRenewal() const {
  if (dictionary_full_) return true;
  const std::vector<SpoolEpoch> epochs = spool_.Epochs();
  bool unserved = false;
  for (const SpoolEpoch& epoch : epochs) {
    const bool is_head = epoch.epoch == epochs.back().epoch;
    const bool served = Find(epoch.epoch) != nullptr;
    if (!is_head && served) return false;  // first what is begun
    unserved = unserved || (!is_head && !served);
  }
  return welcomed_ && unserved;
}

}  // namespace relaywatch::agent
