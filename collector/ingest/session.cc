#include "collector/ingest/session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <utility>

#include "collector/ingest/validate.h"

namespace relaywatch::collector {
namespace {

// A TLS handshake and a Hello take about four milliseconds of a core.
constexpr std::int64_t kWelcomesASecond = 200;

// The first wait after a lost stream is U(0, W): a whole fleet that comes back at once must not
// arrive at once.
std::int64_t ReconnectSpreadSeconds(std::size_t agents) {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(agents) / kWelcomesASecond, 5, 300);
}

// Whether the Hello is of somebody else than the holder of the stream before. A process that comes
// back shows the lineage of its last stream; one that was started anew on the same host shows none.
bool IsAnother(const AgentPage& page, const v1::Hello& hello) {
  if (hello.lineage() != 0) return hello.lineage() != page.lineage;
  return hello.boot_id() != page.boot_id;
}

std::uint64_t RandomLineage() {
  std::random_device random;
  std::uint64_t lineage = 0;
  while (lineage == 0) lineage = (static_cast<std::uint64_t>(random()) << 32) | random();
  return lineage;
}

constexpr std::int64_t kTellDuplicatesEveryMs = 60'000;

}  // namespace

Session::Session(std::shared_ptr<AgentLink> link, SessionContext& context)
    : link_(std::move(link)), context_(context), page_(context.book.Open(link_->agent())) {}

Session::~Session() { context_.book.Close(page_); }

absl::Status Session::Apply(const v1::AgentMessage& message, Group& group) {
  if (message.message_case() == v1::AgentMessage::MESSAGE_NOT_SET) {
    return Reject(rejection::kMalformed, "a message that is empty, unknown or cannot be read");
  }
  if (message.has_hello() == greeted_) {
    return Reject(rejection::kOrder, greeted_ ? "a second Hello" : "the first message is no Hello");
  }
  const std::int64_t now_ms = context_.clock.Now().wall_ms;
  page_.row.last_seen_ms = now_ms;
  if (greeted_) context_.fleet.Heard(link_->agent(), now_ms);
  switch (message.message_case()) {
    case v1::AgentMessage::kHello:
      return Greet(message.hello(), group);
    case v1::AgentMessage::kBatch:
      return Store(message.batch(), group);
    case v1::AgentMessage::kPlanReport:
      return Note(message.plan_report());
    case v1::AgentMessage::kStatus:
      return Report(message.status());
    case v1::AgentMessage::kDrained:
    case v1::AgentMessage::MESSAGE_NOT_SET:
      break;
  }
  return absl::OkStatus();  // Drained: the agent ends the stream itself
}

absl::Status Session::Greet(const v1::Hello& hello, Group& group) {
  if (auto rejection = Validate(hello)) return Reject(rejection->reason, rejection->message);
  const Instant now = context_.clock.Now();
  greeted_ = true;
  boot_id_ = hello.boot_id();
  boot_lead_ms_ = now.boot_ms - hello.boot_ms();
  v1::CollectorMessage answer;
  v1::Welcome& welcome = *answer.mutable_welcome();
  for (const v1::EpochState& epoch : hello.epochs()) {
    if (auto adopted = Adopt(epoch, group, welcome); !adopted.ok()) return adopted;
  }
  Enter(hello, now.wall_ms);
  context_.fleet.Introduce(link_->agent(), hello);
  welcome.set_lineage(page_.lineage);
  welcome.mutable_server_time()->set_seconds(now.wall_ms / 1000);
  welcome.mutable_server_time()->set_nanos(static_cast<int>(now.wall_ms % 1000) * 1'000'000);
  welcome.set_plan_revision(context_.plan->revision());
  welcome.mutable_reconnect_spread()->set_seconds(
      ReconnectSpreadSeconds(context_.fleet.connected()));
  group.set.agents.push_back(page_.row);
  Say(std::move(answer), group);
  v1::CollectorMessage plan;
  *plan.mutable_plan() = *context_.plan;
  Say(std::move(plan), group);
  spdlog::info("ingest: agent {} connected from {}, version {}, {} epochs", link_->agent(),
               link_->peer(), hello.version(), hello.epochs_size());
  return absl::OkStatus();
}

// The agent's newest stream is the one that counts: an older one is half dead, or not the agent's.
void Session::Enter(const v1::Hello& hello, std::int64_t now_ms) {
  const auto replaced = context_.fleet.Connect(link_, now_ms);
  context_.fleet.Offset(link_->agent(), hello.wall_ms() - now_ms);
  const bool twice = replaced != nullptr && IsAnother(page_, hello);
  page_.boot_id = hello.boot_id();
  page_.lineage = RandomLineage();
  if (replaced == nullptr) return;
  if (twice) {
    ReportDuplicate(*replaced, now_ms);
  } else {
    spdlog::info("ingest: agent {}: stream from {} replaced by one from {}", link_->agent(),
                 replaced->peer(), link_->peer());
  }
  replaced->End(absl::AbortedError("replaced by a newer stream of the same agent"));
}

// Two that take the stream from each other do it every few seconds: one line a minute is enough.
void Session::ReportDuplicate(const AgentLink& replaced, std::int64_t now_ms) {
  context_.metrics.DuplicateIdentity();
  if (now_ms - page_.duplicate_told_ms < kTellDuplicatesEveryMs) return;
  page_.duplicate_told_ms = now_ms;
  spdlog::warn(
      "ingest: agent {}: its identity is in use twice, at {} and at {}: one of them is a copy and "
      "needs an identity of its own",
      link_->agent(), replaced.peer(), link_->peer());
}

// What the agent no longer holds was acknowledged once: if we do not have it, our store is older
// than the agent (restored, or new). It will never come, so it is a gap, and the epoch goes on.
absl::Status Session::Adopt(const v1::EpochState& epoch, Group& group, v1::Welcome& welcome) {
  const auto progress = Progress(epoch.epoch());
  if (!progress.ok()) return progress.status();
  const std::uint64_t held_from = epoch.first_seq() != 0 ? epoch.first_seq() : epoch.last_seq() + 1;
  const std::uint64_t mark = (*progress)->row.high_water_mark;
  if (held_from > mark + 1) {
    spdlog::warn(
        "ingest: agent {} epoch {:016x}: results {}-{} were acknowledged by an earlier "
        "store",
        link_->agent(), epoch.epoch(), mark + 1, held_from - 1);
    v1::Gap gap;
    gap.set_first_seq(mark + 1);
    gap.set_last_seq(held_from - 1);
    gap.set_reason(v1::GAP_REASON_DAMAGE);
    AddGap(gap, mark + 1, **progress, group);
    Advance(**progress, held_from - 1, 0, group);
  }
  v1::DurableEpoch& durable = *welcome.add_epochs();
  durable.set_epoch(epoch.epoch());
  durable.set_durable_seq((*progress)->row.high_water_mark);
  durable.set_stamp((*progress)->row.stamp);
  return absl::OkStatus();
}

absl::Status Session::Report(const v1::AgentStatus& status) {
  if (auto rejection = Validate(status)) return Reject(rejection->reason, rejection->message);
  page_.row.location = status.location();
  context_.fleet.Report(link_->agent(), status, context_.clock.Now().wall_ms);
  if (std::exchange(page_.spool_error, status.spool_error()) != status.spool_error()) {
    spdlog::warn("ingest: agent {}: spool: {}", link_->agent(),
                 status.spool_error().empty() ? "works again" : status.spool_error());
  }
  return absl::OkStatus();
}

absl::Status Session::Note(const v1::PlanReport& report) {
  if (auto rejection = Validate(report)) return Reject(rejection->reason, rejection->message);
  spdlog::info("ingest: agent {} answers to plan {} with {} refusals", link_->agent(),
               report.revision(), report.refusals_size());
  // An agent reports again whenever it connects, or meets something new: each refusal is told once.
  for (const v1::PlanRefusal& refusal : context_.fleet.ReportPlan(link_->agent(), report)) {
    spdlog::warn("ingest: agent {} refuses {}{}: {}", link_->agent(),
                 refusal.endpoint().empty() ? "the plan" : refusal.endpoint(),
                 refusal.port() == 0 ? "" : fmt::format(":{}", refusal.port()), refusal.reason());
  }
  return absl::OkStatus();
}

absl::Status Session::RefuseLength(std::size_t bytes) {
  context_.metrics.Rejected(rejection::kSize);
  return absl::ResourceExhaustedError(
      fmt::format("a message of {} bytes is over the limit", bytes));
}

absl::StatusOr<EpochProgress*> Session::Progress(std::uint64_t epoch) {
  auto progress = context_.book.Epoch(page_, epoch);
  if (progress.ok() && *progress == nullptr) {
    return Reject(rejection::kSequence, fmt::format("more than {} epochs", kMaxEpochsOfAgent));
  }
  return progress;
}

absl::Status Session::Reject(std::string_view reason, std::string message) {
  context_.metrics.Rejected(reason);
  return absl::InvalidArgumentError(std::move(message));
}

void Session::Say(v1::CollectorMessage message, Group& group) {
  if (unsaid_.empty()) group.sessions.push_back(this);
  unsaid_.push_back(std::move(message));
}

void Session::Speak(std::uint32_t credit) {
  for (v1::CollectorMessage& message : unsaid_) {
    if (message.has_ack()) message.mutable_ack()->set_credit(credit);
    if (message.has_welcome()) message.mutable_welcome()->set_credit(credit);
    link_->Send(std::move(message));
  }
  unsaid_.clear();
}

void Session::Rejudge() {
  for (auto& [ref, outcome] : outcomes_) outcome = context_.dictionary.Refresh(outcome);
}

}  // namespace relaywatch::collector
