// How far one stream has come with one epoch: what the collector has, what is on the way, what is
// to be sent next. Pure; confined to the agent's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "absl/status/status.h"

namespace relaywatch::agent {

class EpochCursor {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `durable_seq`: as the Welcome says.
  EpochCursor(std::uint64_t epoch, std::uint64_t durable_seq)
      : epoch_(epoch), next_seq_(durable_seq + 1), max_sent_seq_(durable_seq) {}

  void Sent(std::uint64_t last_seq, std::size_t results);
  // FAILED_PRECONDITION: the collector claims what was never sent, or rewinds for ever.
  absl::Status OnAck(std::uint64_t durable_seq);
  absl::Status OnRewind(std::uint64_t expected);

  std::uint64_t epoch() const { return epoch_; }
  std::uint64_t next_seq() const { return next_seq_; }
  std::size_t results_out() const { return results_out_; }
  bool Settled() const { return on_the_way_.empty(); }
  std::uint64_t rewinds() const { return rewinds_; }

  // The spool could not be read: not again before.
  void WaitUntil(Time time) { not_before_ = time; }
  Time not_before() const { return not_before_; }

 private:
  struct Batch {
    std::uint64_t last_seq = 0;
    std::size_t results = 0;
  };

  std::uint64_t epoch_;
  std::uint64_t next_seq_;      // to be sent
  std::uint64_t max_sent_seq_;  // on this stream, or durable when it began
  std::deque<Batch> on_the_way_;
  std::size_t results_out_ = 0;  // in on_the_way_
  std::uint64_t rewinds_ = 0;
  Time not_before_{};
};

}  // namespace relaywatch::agent
