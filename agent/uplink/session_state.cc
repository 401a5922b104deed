#include "agent/uplink/session_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kMaxCredit = 50'000;
constexpr milliseconds kMaxPause{300'000};
// An honest collector asks again once for each batch that was on the way behind a lost one.
constexpr std::uint64_t kMaxRewindsWithoutAck = 1'000;

milliseconds PauseOf(const v1::Ack& ack) {
  const std::int64_t seconds = std::clamp<std::int64_t>(ack.pause().seconds(), 0, 300);
  return std::clamp(milliseconds(seconds * 1000 + ack.pause().nanos() / 1'000'000), milliseconds(0),
                    kMaxPause);
}

}  // namespace

v1::Hello SessionState::MakeHello(const std::string& version, Instant now,
                                  std::uint64_t plan_revision) const {
  v1::Hello hello;
  hello.set_version(version);
  hello.set_boot_id(boot_id_);
  hello.set_wall_ms(now.wall_ms);
  hello.set_boot_ms(now.boot_ms);
  hello.set_plan_revision(plan_revision);
  v1::EpochState& epoch = *hello.add_epochs();
  epoch.set_epoch(spool_.Epoch());
  epoch.set_first_seq(spool_.FirstSeq());
  epoch.set_last_seq(spool_.LastSeq());
  epoch.set_lane(v1::LANE_LIVE);
  return hello;
}

absl::Status SessionState::OnWelcome(const v1::Welcome& welcome, Time now) {
  if (welcomed_) return absl::InvalidArgumentError("the collector welcomed us twice");
  if (welcome.epochs_size() != 1 || welcome.epochs(0).epoch() != spool_.Epoch()) {
    return absl::InvalidArgumentError("the collector's welcome is not for our queue");
  }
  const std::uint64_t durable = welcome.epochs(0).durable_seq();
  if (durable > spool_.LastSeq()) {
    return absl::FailedPreconditionError(
        fmt::format("the collector claims results up to {}, but our queue only came to {}", durable,
                    spool_.LastSeq()));
  }
  welcomed_ = true;
  spool_.Release(durable);
  max_sent_seq_ = durable;
  next_seq_ = durable + 1;
  SetCredit(welcome.credit());
  Flush(now);
  return absl::OkStatus();
}

absl::Status SessionState::OnAck(const v1::Ack& ack, Time now) {
  if (!welcomed_) return absl::InvalidArgumentError("an Ack before the Welcome");
  if (ack.epoch() != spool_.Epoch()) {
    return absl::InvalidArgumentError("an Ack for a queue that is not ours");
  }
  if (ack.durable_seq() > max_sent_seq_) {
    return absl::FailedPreconditionError(
        fmt::format("the collector acknowledges results up to {}, but only {} were sent",
                    ack.durable_seq(), max_sent_seq_));
  }
  Settle(ack.durable_seq());
  SetCredit(ack.credit());
  paused_until_ = now + PauseOf(ack);
  return absl::OkStatus();
}

void SessionState::Settle(std::uint64_t durable_seq) {
  while (!on_the_way_.empty() && on_the_way_.front().last_seq <= durable_seq) {
    results_out_ -= on_the_way_.front().results;
    on_the_way_.pop_front();
    rewinds_ = 0;
  }
  spool_.Release(durable_seq);
  next_seq_ = std::max(next_seq_, durable_seq + 1);
}

absl::Status SessionState::OnRewind(const v1::Rewind& rewind) {
  if (!welcomed_) return absl::InvalidArgumentError("a Rewind before the Welcome");
  if (rewind.epoch() != spool_.Epoch()) {
    return absl::InvalidArgumentError("a Rewind for a queue that is not ours");
  }
  if (rewind.expected() == 0 || rewind.expected() > max_sent_seq_ + 1) {
    return absl::FailedPreconditionError(
        fmt::format("the collector asks for result {}, but only {} were sent", rewind.expected(),
                    max_sent_seq_));
  }
  if (++rewinds_ > kMaxRewindsWithoutAck) {
    return absl::FailedPreconditionError("the collector rewinds and never acknowledges");
  }
  next_seq_ = rewind.expected();
  on_the_way_.clear();
  results_out_ = 0;
  flush_at_ = Time{};
  return absl::OkStatus();
}

void SessionState::SetCredit(std::uint32_t credit) { credit_ = std::min(credit, kMaxCredit); }

void SessionState::OnAppended(Time now, bool at_once) {
  const Time latest = at_once ? now : now + kMaxBatchDelay;
  flush_at_ = std::min(flush_at_.value_or(latest), latest);
}

void SessionState::Flush(Time now) {
  if (Unsent() > 0) flush_at_ = std::min(flush_at_.value_or(now), now);
}

std::optional<v1::Batch> SessionState::NextBatch(Time now, std::int64_t boot_ms_now) {
  const auto wake = NextWake();
  if (!wake || now < *wake) return std::nullopt;
  BuiltBatch built = BuildBatch(spool_, next_seq_, Room(), boot_ms_now, dictionary_);
  if (built.last_seq == 0) {
    dictionary_full_ = true;  // the only reason for which the next result fits into no batch
    return std::nullopt;
  }
  built.batch.set_epoch(spool_.Epoch());
  built.batch.set_boot_id(boot_id_);
  const auto results = static_cast<std::size_t>(built.batch.results_size());
  on_the_way_.push_back({built.last_seq, results});
  results_out_ += results;
  next_seq_ = built.last_seq + 1;
  max_sent_seq_ = std::max(max_sent_seq_, built.last_seq);
  if (Unsent() == 0) flush_at_.reset();
  return std::move(built.batch);
}

std::optional<SessionState::Time> SessionState::NextWake() const {
  if (!welcomed_ || held_back_ || dictionary_full_ || Unsent() == 0 || Room() == 0) {
    return std::nullopt;
  }
  const Time ready = Unsent() >= kMaxBatchResults ? Time{} : flush_at_.value_or(Time{});
  return std::max(ready, paused_until_);
}

}  // namespace relaywatch::agent
