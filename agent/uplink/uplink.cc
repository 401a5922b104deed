#include "agent/uplink/uplink.h"

#include <fmt/chrono.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/post.hpp>
#include <random>
#include <utility>

#include "common/host_name.h"
#include "common/version.h"

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWelcomeLimit{30'000};  // TCP, TLS and the Welcome together
constexpr milliseconds kStatusInterval{15'000};
constexpr milliseconds kEndLimit{10'000};  // for our own endings
constexpr milliseconds kMaxDrainWait{600'000};

milliseconds ToMilliseconds(const google::protobuf::Duration& duration, milliseconds max) {
  const std::int64_t seconds =
      std::clamp<std::int64_t>(duration.seconds(), 0, max.count() / 1000 + 1);
  return std::clamp(milliseconds(seconds * 1000 + duration.nanos() / 1'000'000), milliseconds(0),
                    max);
}

std::function<double()> SystemRandom() {
  return [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
}

// The handler runs where the time passed, not where the timer was set anew; it may still come when
// the timer is set anew at that very moment, so handlers look before they act.
template <typename Handler>
void Arm(asio::steady_timer& timer, std::chrono::steady_clock::time_point when, Handler handler) {
  timer.expires_at(when);
  timer.async_wait([handler = std::move(handler)](const asio::error_code& error) {
    if (!error) handler();
  });
}

std::string Seconds(milliseconds wait) {
  return fmt::format("{:.1f} s", static_cast<double>(wait.count()) / 1000);
}

}  // namespace

Uplink::Uplink(asio::io_context& io, const Clock& clock, Spool& spool, Orders& orders, Peer peer)
    : io_(io),
      clock_(clock),
      spool_(spool),
      orders_(orders),
      peer_(std::move(peer)),
      backoff_(SystemRandom()),
      attempt_timer_(io),
      batch_timer_(io),
      status_timer_(io) {}

void Uplink::Start() { Connect(); }

void Uplink::Connect() {
  if (stream_) return;
  if (!channel_) {
    channel_ = MakeChannel(peer_);
    stub_ = v1::Session::NewStub(channel_);
  }
  ending_ = Ending::kNone;
  said_farewell_ = false;
  error_.clear();
  session_ = std::make_unique<SessionState>(spool_, BootId());
  stream_ = Stream::Open(*stub_, io_, *this);
  v1::AgentMessage hello;
  *hello.mutable_hello() = session_->MakeHello(kVersion, clock_.Now(), orders_.PlanRevision());
  hello.mutable_hello()->set_host_name(HostName());
  hello.mutable_hello()->set_lineage(lineage_);
  stream_->Write(std::move(hello));
  Arm(attempt_timer_, clock_.Steady() + kWelcomeLimit, [this] {
    if (!session_ || session_->Welcomed()) return;
    error_ = fmt::format("no welcome within {}", Seconds(kWelcomeLimit));
    End(Ending::kError, milliseconds(0));
  });
}

void Uplink::ConnectAfter(milliseconds wait) {
  Arm(attempt_timer_, clock_.Steady() + wait, [this] { Connect(); });
}

void Uplink::Reconfigure(Peer peer) {
  peer_ = std::move(peer);
  if (stream_) {
    End(Ending::kReconfigure, kEndLimit);
  } else if (ending_ != Ending::kStop) {
    channel_.reset();
    ConnectAfter(milliseconds(0));
  }
}

void Uplink::Appended(bool at_once) {
  if (!session_) return;
  session_->OnAppended(clock_.Steady(), at_once);
  Pump();
}

void Uplink::Report(v1::PlanReport report) {
  if (!Connected() || said_farewell_) return;
  v1::AgentMessage message;
  *message.mutable_plan_report() = std::move(report);
  stream_->Write(std::move(message));
  SendStatus();
}

void Uplink::Reconnect() {
  if (ending_ == Ending::kStop) return;
  if (stream_) {
    End(Ending::kReconfigure, milliseconds(0));
  } else {
    ConnectAfter(milliseconds(0));
  }
}

void Uplink::OnMessage(v1::CollectorMessage& message) {
  switch (message.message_case()) {
    case v1::CollectorMessage::kWelcome:
      return OnWelcome(message.welcome());
    case v1::CollectorMessage::kPlan:
      return OnPlan(message.plan());
    case v1::CollectorMessage::kAck:
      Fail(session_->OnAck(message.ack(), clock_.Steady()));
      return Pump();
    case v1::CollectorMessage::kRewind:
      spdlog::warn("uplink: the collector asks for the results from {} on again",
                   message.rewind().expected());
      Fail(session_->OnRewind(message.rewind()));
      return Pump();
    case v1::CollectorMessage::kProbeNow:
      return orders_.OnProbeNow(message.probe_now());
    case v1::CollectorMessage::kDrain:
      return OnDrain(message.drain());
    case v1::CollectorMessage::MESSAGE_NOT_SET:
      return;  // a newer collector's; what we do not know we need not do
  }
}

void Uplink::OnWelcome(const v1::Welcome& welcome) {
  const Time now = clock_.Steady();
  if (auto status = session_->OnWelcome(welcome, now); !status.ok()) return Fail(status);
  if (ending_ == Ending::kNone) attempt_timer_.cancel();
  backoff_.Established(now);
  lineage_ = welcome.lineage();
  if (welcome.has_reconnect_spread()) {
    backoff_.SetSpread(ToMilliseconds(welcome.reconnect_spread(), Backoff::kMaxWait));
  }
  spdlog::info("uplink: connected to {} as {}, {} results waiting", peer_.address,
               peer_.identity.uri, spool_.Stats().queued);
  SendStatus();
  Pump();
}

void Uplink::OnPlan(const v1::Plan& plan) {
  v1::AgentMessage message;
  *message.mutable_plan_report() = orders_.OnPlan(plan);
  if (said_farewell_) return;
  stream_->Write(std::move(message));
  SendStatus();  // where we are follows from the plan's rules
}

void Uplink::OnDrain(const v1::Drain& drain) {
  if (ending_ != Ending::kNone) return;
  drain_wait_ = ToMilliseconds(drain.reconnect_after(), kMaxDrainWait);
  End(Ending::kDrain, ToMilliseconds(drain.deadline(), kMaxDrainWait));
}

void Uplink::SendStatus() {
  v1::AgentMessage message;
  *message.mutable_status() = orders_.Status();
  stream_->Write(std::move(message));
  Arm(status_timer_, clock_.Steady() + kStatusInterval, [this] {
    if (Connected() && ending_ == Ending::kNone) SendStatus();
  });
}

// Gives gRPC the next batch when it has taken over the one before: what waits, waits in the spool,
// where it is bounded.
void Uplink::Pump() {
  if (!Connected() || said_farewell_ || ending_ == Ending::kError) return;
  if (stream_->Idle()) {
    if (auto batch = session_->NextBatch(clock_.Steady(), clock_.Now().boot_ms)) {
      v1::AgentMessage message;
      *message.mutable_batch() = std::move(*batch);
      stream_->Write(std::move(message));
    }
  }
  if (session_->NeedsRenewal() && ending_ == Ending::kNone) End(Ending::kRenew, kEndLimit);
  FinishIfSettled();
  ArmBatchTimer();
}

void Uplink::ArmBatchTimer() {
  const auto wake = session_->NextWake();
  // While gRPC is busy OnIdle comes; an armed timer would only spin.
  if (!wake || !stream_->Idle() || said_farewell_) {
    batch_timer_.cancel();
    return;
  }
  Arm(batch_timer_, *wake, [this] { Pump(); });
}

void Uplink::FinishIfSettled() {
  if (ending_ == Ending::kNone || ending_ == Ending::kError || said_farewell_) return;
  if (ending_ == Ending::kStop ? !session_->Drained() : !session_->Settled()) return;
  said_farewell_ = true;
  v1::AgentMessage message;
  message.mutable_drained();
  stream_->Write(std::move(message));
  stream_->WritesDone();
}

// Ends the present stream: in good order where the collector cooperates, by force at the limit.
void Uplink::End(Ending ending, milliseconds limit) {
  ending_ = ending;
  if (ending == Ending::kError || !session_->Welcomed()) return stream_->Cancel();
  Arm(attempt_timer_, clock_.Steady() + limit, [this] {
    if (stream_) stream_->Cancel();
  });
  if (ending == Ending::kStop) {
    session_->Flush(clock_.Steady());
  } else {
    session_->HoldBack();
  }
  Pump();
}

void Uplink::Fail(const absl::Status& status) {
  if (status.ok() || ending_ == Ending::kError) return;
  error_ = std::string(status.message());
  End(ending_ == Ending::kStop ? Ending::kStop : Ending::kError, milliseconds(0));
}

void Uplink::Stop(milliseconds limit, std::function<void()> done) {
  stopped_ = std::move(done);
  if (stream_) return End(Ending::kStop, limit);
  ending_ = Ending::kStop;
  attempt_timer_.cancel();
  asio::post(io_, [this] { stopped_(); });
}

void Uplink::OnClosed(const grpc::Status& status) {
  const bool welcomed = Connected();
  const Ending ending = ending_;
  stream_.reset();
  session_.reset();
  attempt_timer_.cancel();
  batch_timer_.cancel();
  status_timer_.cancel();
  if (!welcomed || ending == Ending::kReconfigure) {
    stub_.reset();
    channel_.reset();
  }
  if (ending == Ending::kStop) return stopped_();
  const milliseconds wait = NextWait(welcomed);
  LogClosed(status, welcomed, wait);
  ConnectAfter(wait);
}

milliseconds Uplink::NextWait(bool welcomed) {
  switch (ending_) {
    case Ending::kReconfigure:
      return milliseconds(0);
    case Ending::kRenew:
      return backoff_.Spread();
    case Ending::kDrain:
      if (welcomed) return drain_wait_ + backoff_.Spread();
      break;
    default:
      break;
  }
  return backoff_.Next(clock_.Steady());
}

void Uplink::LogClosed(const grpc::Status& status, bool welcomed, milliseconds wait) const {
  const std::string next = fmt::format("next try in {}", Seconds(wait));
  switch (ending_) {
    case Ending::kDrain:
      return spdlog::info("uplink: {} asked us to leave; {}", peer_.address, next);
    case Ending::kRenew:
      return spdlog::info("uplink: what is left needs another stream; {}", next);
    case Ending::kReconfigure:
      return spdlog::info("uplink: connecting anew");
    case Ending::kError:
      return spdlog::error("uplink: {}: {}; {}", peer_.address, error_, next);
    default:
      return spdlog::warn("uplink: {}{}; {}", welcomed ? "lost the collector: " : "",
                          Explain(status, peer_), next);
  }
}

}  // namespace relaywatch::agent
