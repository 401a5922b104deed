#include "agent/uplink/epoch_cursor.h"

#include <fmt/format.h>

#include <algorithm>

namespace relaywatch::agent {
namespace {

// An honest collector asks again once for each batch that was on the way behind a lost one.
constexpr std::uint64_t kMaxRewindsWithoutAck = 1'000;

}  // namespace

void EpochCursor::Sent(std::uint64_t last_seq, std::size_t results) {
  on_the_way_.push_back({last_seq, results});
  results_out_ += results;
  next_seq_ = last_seq + 1;
  max_sent_seq_ = std::max(max_sent_seq_, last_seq);
}

absl::Status EpochCursor::OnAck(std::uint64_t durable_seq) {
  if (durable_seq > max_sent_seq_) {
    return absl::FailedPreconditionError(
        fmt::format("the collector acknowledges results up to {}, but only {} were sent",
                    durable_seq, max_sent_seq_));
  }
  while (!on_the_way_.empty() && on_the_way_.front().last_seq <= durable_seq) {
    results_out_ -= on_the_way_.front().results;
    on_the_way_.pop_front();
    rewinds_ = 0;
  }
  next_seq_ = std::max(next_seq_, durable_seq + 1);
  return absl::OkStatus();
}

absl::Status EpochCursor::OnRewind(std::uint64_t expected) {
  if (expected == 0 || expected > max_sent_seq_ + 1) {
    return absl::FailedPreconditionError(fmt::format(
        "the collector asks for result {}, but only {} were sent", expected, max_sent_seq_));
  }
  if (++rewinds_ > kMaxRewindsWithoutAck) {
    return absl::FailedPreconditionError("the collector rewinds and never acknowledges");
  }
  next_seq_ = expected;
  on_the_way_.clear();
  results_out_ = 0;
  return absl::OkStatus();
}

}  // namespace relaywatch::agent
