// What one stream knows: what the collector has, what is on the way, what may be sent next. Pure:
// messages and times in, messages out; the plumbing is in stream.h.
//
//   Hello ─▶ Welcome ─▶ { NextBatch … Ack | Rewind } ─▶ end of the stream
//
// - A batch leaves when 200 results wait, when the oldest of them has waited 2 s, or at once when
//   a service answered otherwise than before.
// - Results on the way never exceed the credit of the last Welcome or Ack. Gaps cost no credit.
// - Only an Ack (or the Welcome) lets results go from the spool, and only up to what was sent.
//   Whatever a collector says beyond that is an error, and the stream ends: nothing is lost by it.
// One object a stream. Confined to the agent's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "agent/spool/spool.h"
#include "agent/uplink/batch_builder.h"
#include "common/clock.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::agent {

inline constexpr std::chrono::milliseconds kMaxBatchDelay{2'000};

class SessionState {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The spool must outlive the session.
  SessionState(Spool& spool, std::uint64_t boot_id) : spool_(spool), boot_id_(boot_id) {}

  v1::Hello MakeHello(const std::string& version, Instant now, std::uint64_t plan_revision) const;

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
  bool Settled() const { return on_the_way_.empty(); }         // nothing waits for its Ack
  bool Drained() const { return Settled() && Unsent() == 0; }  // the collector has everything
  bool DictionaryFull() const { return dictionary_full_; }     // end the stream, begin another
  std::uint64_t Rewinds() const { return rewinds_; }

 private:
  struct Sent {
    std::uint64_t last_seq = 0;
    std::size_t results = 0;
  };

  std::uint64_t Unsent() const { return spool_.LastSeq() + 1 - next_seq_; }
  std::size_t Room() const { return credit_ > results_out_ ? credit_ - results_out_ : 0; }
  void SetCredit(std::uint32_t credit);
  void Settle(std::uint64_t durable_seq);

  Spool& spool_;
  const std::uint64_t boot_id_;
  Dictionary dictionary_;
  bool welcomed_ = false;
  bool held_back_ = false;
  bool dictionary_full_ = false;
  std::uint64_t next_seq_ = 1;      // to be sent
  std::uint64_t max_sent_seq_ = 0;  // on this stream, or durable when it began
  std::deque<Sent> on_the_way_;
  std::size_t results_out_ = 0;  // in on_the_way_
  std::size_t credit_ = 0;
  std::optional<Time> flush_at_;  // for what is unsent
  Time paused_until_{};
  std::uint64_t rewinds_ = 0;
};

}  // namespace relaywatch::agent
