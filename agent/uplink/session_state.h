// What one stream knows: what the collector has, what is on the way, what may be sent next. Pure:
// messages and times in, messages out; the plumbing is in stream.h.
//
//   Hello ─▶ Welcome ─▶ { NextBatch … Ack | Rewind } ─▶ end of the stream
//
// - Two lanes. The head of the spool is live: a batch leaves when 200 results wait, when the oldest
//   of them has waited 2 s, or at once when a service answered otherwise than before. A head whose
//   next result has waited more than 30 s becomes backlog, and another head begins. Backlog drains
//   behind what is live, with three quarters of the credit at most.
// - Results on the way never exceed the credit of the last Welcome or Ack. Gaps cost no credit.
// - Only an Ack (or the Welcome) lets results go from the spool, and only up to what was sent.
//   Whatever a collector says beyond that is an error, and the stream ends: nothing is lost by it.
// - A Welcome that knows an epoch better than we do: of an earlier process, our disk is an old
// copy,
//   and what is in it is there already; of our own, a copy of this running process was here, and
//   what is not durable goes under a new name.
// One object a stream. Confined to the agent's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/spool/spool.h"
#include "agent/uplink/batch_builder.h"
#include "agent/uplink/epoch_cursor.h"
#include "common/clock.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::agent {

inline constexpr std::chrono::milliseconds kMaxBatchDelay{2'000};
// Epochs that one stream serves from its beginning; a spool with more needs another stream.
inline constexpr std::size_t kMaxEpochsOfStream = 48;

class SessionState {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The spool must outlive the session.
  SessionState(Spool& spool, std::uint64_t boot_id) : spool_(spool), boot_id_(boot_id) {}

  // To be called once, before anything else; the spool's epochs are introduced as they stand.
  v1::Hello MakeHello(const std::string& version, Instant now, std::uint64_t plan_revision);

  // INVALID_ARGUMENT: breaks the protocol. FAILED_PRECONDITION: claims what was never sent.
  absl::Status OnWelcome(const v1::Welcome& welcome, Time now);
  absl::Status OnAck(const v1::Ack& ack, Time now);
  absl::Status OnRewind(const v1::Rewind& rewind);

  // The spool has a new result; `at_once`: it is news.
  void OnAppended(Time now, bool at_once);
  // Waiting for more makes no sense any longer.
  void Flush(Time now);
  // Nothing new is sent from here on.
  void HoldBack() { held_back_ = true; }

  std::optional<v1::Batch> NextBatch(Time now, std::int64_t boot_ms_now);
  // When NextBatch may have something, if nothing happens before; nullopt: not before something
  // does.
  std::optional<Time> NextWake() const;

  bool Welcomed() const { return welcomed_; }
  bool Settled() const;       // nothing waits for its Ack
  bool Drained() const;       // the collector has everything of the epochs served
  bool NeedsRenewal() const;  // what is left needs another stream: end this one

 private:
  using Batch = std::optional<v1::Batch>;

  void Meet(const SpoolEpoch& epoch, const v1::DurableEpoch& durable);
  bool IsForeign(const SpoolEpoch& epoch, const v1::DurableEpoch& durable);
  EpochCursor* Find(std::uint64_t epoch);
  const EpochCursor* Find(std::uint64_t epoch) const;
  void ServeHead();

  // Of an epoch that this stream serves; else 0.
  std::uint64_t Unsent(const SpoolEpoch& epoch) const;
  std::size_t Room() const;         // for any result
  std::size_t BacklogRoom() const;  // for one that can wait
  std::optional<Time> WakeOf(const SpoolEpoch& epoch, bool live) const;
  Batch Build(const SpoolEpoch& epoch, std::size_t room, Time now, BootTime boot_now);

  Spool& spool_;
  const std::uint64_t boot_id_;
  Dictionary dictionary_;
  std::vector<std::uint64_t> announced_;
  std::vector<EpochCursor> cursors_;  // of every epoch that this stream serves or has served
  bool welcomed_ = false;
  bool held_back_ = false;
  bool dictionary_full_ = false;
  std::size_t credit_ = 0;
  std::optional<Time> flush_at_;  // for what is unsent of the head
  Time paused_until_{};
};

}  // namespace relaywatch::agent
