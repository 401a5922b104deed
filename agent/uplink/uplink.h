// Keeps the collector told: connects, sends what the spool holds, takes plans and orders, and comes
// back after every loss. No result is let go before the collector has it on disk.
//
//   spool ─▶ SessionState (what to send) ─▶ Stream (gRPC) ─▶ collector
//   orders ◀──────────────────────────────────────────────┘
//
// One stream at a time on one channel, which is used again for the next stream; only after a try
// that never came through is it replaced, because gRPC's own reconnecting would otherwise decide
// when we come back, instead of Backoff.
// Confined to the io_context's thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/spool/spool.h"
#include "agent/uplink/backoff.h"
#include "agent/uplink/channel.h"
#include "agent/uplink/session_state.h"
#include "agent/uplink/stream.h"
#include "common/clock.h"

namespace relaywatch::agent {

// What the collector may ask of the agent. Called on the uplink's thread.
class Orders {
 public:
  virtual ~Orders() = default;
  virtual v1::PlanReport OnPlan(const v1::Plan& plan) = 0;
  virtual void OnProbeNow(const v1::ProbeNow& order) = 0;
  virtual std::uint64_t PlanRevision() const = 0;
  virtual v1::AgentStatus Status() const = 0;
};

class Uplink final : private StreamEvents {
 public:
  // Everything named must outlive the uplink.
  Uplink(asio::io_context& io, const Clock& clock, Spool& spool, Orders& orders, Peer peer);

  void Start();
  // Another collector or a renewed identity: the stream is finished and another begun.
  void Reconfigure(Peer peer);
  // The spool has a new result; `at_once`: it is news and does not wait for others.
  void Appended(bool at_once);
  // What has become of the plan differs from what was reported last; told now, and again with the
  // plan of the next stream.
  void Report(v1::PlanReport report);
  // The network has changed: a new stream now, which begins with our status. What is on its way is
  // sent again.
  void Reconnect();
  // Sends what is left and ends the stream; calls `done` when the collector has everything, at the
  // latest after `limit`. Nothing may be called after it.
  void Stop(std::chrono::milliseconds limit, std::function<void()> done);

  bool Connected() const { return session_ != nullptr && session_->Welcomed(); }

 private:
  using Time = SessionState::Time;
  // Why the present stream is being ended by us.
  enum class Ending { kNone, kDrain, kRenew, kReconfigure, kStop, kError };

  void OnMessage(v1::CollectorMessage& message) override;
  void OnIdle() override { Pump(); }
  void OnClosed(const grpc::Status& status) override;

  void Connect();
  void ConnectAfter(std::chrono::milliseconds wait);
  void OnWelcome(const v1::Welcome& welcome);
  void OnPlan(const v1::Plan& plan);
  void OnDrain(const v1::Drain& drain);
  void SendStatus();
  void Pump();
  void ArmBatchTimer();
  void FinishIfSettled();
  void End(Ending ending, std::chrono::milliseconds limit);
  void Fail(const absl::Status& status);
  std::chrono::milliseconds NextWait(bool welcomed);
  void LogClosed(const grpc::Status& status, bool welcomed, std::chrono::milliseconds wait) const;

  asio::io_context& io_;
  const Clock& clock_;
  Spool& spool_;
  Orders& orders_;
  Peer peer_;
  Backoff backoff_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Session::Stub> stub_;
  std::shared_ptr<Stream> stream_;         // set from Connect to OnClosed
  std::unique_ptr<SessionState> session_;  // lives with stream_
  std::uint64_t lineage_ = 0;              // of the last Welcome
  Ending ending_ = Ending::kNone;
  bool said_farewell_ = false;               // Drained is sent
  std::chrono::milliseconds drain_wait_{0};  // as the collector asked
  std::string error_;                        // what the collector did wrong
  std::function<void()> stopped_;
  asio::steady_timer attempt_timer_;  // the next try, or the limit of what is under way
  asio::steady_timer batch_timer_;
  asio::steady_timer status_timer_;
};

}  // namespace relaywatch::agent
