// The writer with everything behind it (a real store in a directory of its own) and, before it,
// agents that are objects instead of streams. Each test is a conversation:
//
//   auto office = Connect("office", HelloOf(1));
//   Say(office, BatchOf(1, 1, 10));
//   EXPECT_EQ(office->last_ack(), 10u);
//
// Say returns when the writer has settled the message. Confined to the test's thread.
#pragma once

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collector/fleet/fleet.h"
#include "collector/ingest/ingest_queue.h"
#include "collector/ingest/writer.h"
#include "collector/serve/daemon_metrics.h"
#include "collector/serve/health.h"
#include "collector/serve/live_metrics.h"
#include "collector/serve/matrix.h"
#include "collector/serve/policy_metrics.h"
#include "collector/store/patient_store.h"
#include "collector/store/sqlite_store.h"
#include "common/clock.h"
#include "tests/support/scratch.h"
#include "tests/unit/collector/flaky_store.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {

class FixedClock final : public Clock {
 public:
  Instant Now() const override {
    const std::lock_guard lock(mutex_);
    return now;
  }
  std::chrono::steady_clock::time_point Steady() const override { return {}; }
  // Somebody sets the wall clock; while the writer runs.
  void PutForward(std::int64_t ms) {
    const std::lock_guard lock(mutex_);
    now.wall_ms += ms;
  }

  Instant now{.wall_ms = 1'800'000'000'000, .boot_ms = 5'000'000};

 private:
  mutable std::mutex mutex_;
};

// Keeps what was sent.
class FakeLink final : public AgentLink {
 public:
  explicit FakeLink(std::string agent) : agent_(std::move(agent)) {}

  const std::string& agent() const override { return agent_; }
  const std::string& peer() const override { return peer_; }
  void Send(v1::CollectorMessage message) override;
  void End(absl::Status status) override;
  void Cut() override { cut_ = true; }
  void Release(std::size_t bytes) override;

  // Messages pushed for it; the second waits until all of it was dealt with; a failure of the test
  // after ten seconds.
  void CountPushed();
  void WaitUntilSettled();

  std::vector<v1::CollectorMessage> sent() const;
  std::optional<absl::Status> ended() const;
  bool cut() const { return cut_; }
  // Of the last Ack and the last Rewind; 0 where there was none.
  std::uint64_t last_ack() const;
  std::uint64_t last_rewind() const;
  int rewinds() const;

 private:
  const std::string agent_;
  const std::string peer_ = "ipv4:127.0.0.1:1";
  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::vector<v1::CollectorMessage> sent_;
  std::optional<absl::Status> ended_;
  std::atomic<bool> cut_ = false;
  int pushed_ = 0;
  int released_count_ = 0;
};

class IngestFixture : public ::testing::Test {
 protected:
  IngestFixture();
  ~IngestFixture() override;

  // The collector's life: Crash leaves the data as a kill would, without a word to anybody.
  void StartWriter();
  void Crash();

  std::shared_ptr<FakeLink> Connect(const std::string& agent, const v1::AgentMessage& hello);
  void Say(const std::shared_ptr<FakeLink>& link, const v1::AgentMessage& message);
  void Push(const std::shared_ptr<FakeLink>& link, const v1::AgentMessage& message);
  void HangUp(const std::shared_ptr<FakeLink>& link);

  std::int64_t Sql(const std::string& query);
  std::string Metrics() const;  // as /metrics renders the registry
  static v1::Plan DefaultPlan();

  support::ScratchDirectory scratch_;
  FixedClock clock_;
  std::vector<judge::ClientProfile> profiles_;
  v1::Plan plan_ = DefaultPlan();

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Everything that one life of the collector has.
struct IngestFixture::Parts {
  explicit Parts(const std::string& directory, const Clock& clock);

  prometheus::Registry registry;
  Health health;
  Fleet fleet;
  IngestQueue queue;
  FlakyStore disk;
  PatientStore store;
  LiveMetrics live;
  PolicyMetrics policy_metrics;
  Matrix matrix;
  IngestMetrics ingest_metrics;
  StoreMetrics store_metrics;
  Writer writer;
};

}  // namespace relaywatch::collector::testing
