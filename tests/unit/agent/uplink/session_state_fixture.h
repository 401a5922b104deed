// A session over a memory spool, with time under the test's hand.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/spool/memory_spool.h"
#include "agent/uplink/session_state.h"

namespace relaywatch::agent::testing {

inline constexpr std::uint64_t kEpoch = 0xabcdef;
inline constexpr std::uint64_t kBootId = 99;
inline constexpr std::int64_t kBootNow = 1'000'000;

class SessionStateTest : public ::testing::Test {
 protected:
  void Append(int count, bool news = false, const std::string& outcome = "") {
    for (int i = 0; i < count; ++i) {
      SpooledResult spooled;
      v1::Path path;
      path.set_endpoint("corp-mail");
      spooled.path = std::make_shared<v1::Path>(path);
      v1::Facts facts;
      facts.set_detail(outcome);
      spooled.outcome = std::make_shared<std::string>(facts.SerializeAsString());
      spooled.result.set_boot_ms(boot_ms_);
      spooled.result.set_wall_ms(static_cast<std::int64_t>(spool_.Head().last_seq + 1));
      spooled.boot_id = kBootId;
      spool_.Append(std::move(spooled), news);
      session_->OnAppended(now_, news);
    }
  }

  // `durable_seq` and `stamp` are of the head.
  absl::Status Welcome(std::uint64_t durable_seq = 0, std::uint32_t credit = 1000,
                       std::uint64_t stamp = 0) {
    v1::Welcome welcome;
    const v1::Hello hello = session_->MakeHello("1.2.3", {}, 0);
    for (const v1::EpochState& epoch : hello.epochs()) {
      welcome.add_epochs()->set_epoch(epoch.epoch());
    }
    welcome.mutable_epochs()->rbegin()->set_durable_seq(durable_seq);
    welcome.mutable_epochs()->rbegin()->set_stamp(stamp);
    welcome.set_credit(credit);
    return session_->OnWelcome(welcome, now_);
  }

  absl::Status Ack(std::uint64_t durable_seq, std::uint32_t credit = 1000,
                   std::chrono::seconds pause = {}, std::uint64_t epoch = kEpoch) {
    v1::Ack ack;
    ack.set_epoch(epoch);
    ack.set_durable_seq(durable_seq);
    ack.set_credit(credit);
    ack.mutable_pause()->set_seconds(pause.count());
    return session_->OnAck(ack, now_);
  }

  absl::Status Rewind(std::uint64_t expected, std::uint64_t epoch = kEpoch) {
    v1::Rewind rewind;
    rewind.set_epoch(epoch);
    rewind.set_expected(expected);
    return session_->OnRewind(rewind);
  }

  std::optional<v1::Batch> Next() { return session_->NextBatch(now_, boot_ms_); }
  // "first-last" of what the next batch covers; "" where nothing is to be sent.
  std::string NextRange() {
    const auto batch = Next();
    if (!batch) return "";
    std::uint64_t count = static_cast<std::uint64_t>(batch->results_size());
    for (const auto& gap : batch->gaps()) count += gap.last_seq() - gap.first_seq() + 1;
    return std::to_string(batch->first_seq()) + "-" +
           std::to_string(batch->first_seq() + count - 1);
  }
  void Pass(std::chrono::milliseconds time) {
    now_ += time;
    boot_ms_ += time.count();
  }
  void NewStream() { session_ = std::make_unique<SessionState>(spool_, kBootId); }

  SessionState::Time now_{std::chrono::hours(1)};
  std::int64_t boot_ms_ = kBootNow;
  MemorySpool spool_{kEpoch, 1000};
  std::unique_ptr<SessionState> session_ = std::make_unique<SessionState>(spool_, kBootId);
};

}  // namespace relaywatch::agent::testing
