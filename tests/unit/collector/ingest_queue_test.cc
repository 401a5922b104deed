#include "collector/ingest/ingest_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace relaywatch::collector {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

IngestItem ItemOf(std::size_t bytes) {
  return {.link = nullptr, .envelope = nullptr, .bytes = bytes};
}

// Far enough for a test to hang, and be seen to, where nobody is woken.
steady_clock::time_point Never() { return steady_clock::now() + 60s; }

TEST(IngestQueue, LittleWaitsForCompany) {
  IngestQueue queue;
  queue.Push(ItemOf(1));
  std::jthread later([&] { queue.Push(ItemOf(1)); });
  const auto not_before = steady_clock::now() + 200ms;
  EXPECT_EQ(queue.Take(1 << 20, Never(), not_before).items.size(), 2U);
  EXPECT_GE(steady_clock::now(), not_before);
}

TEST(IngestQueue, MuchDoesNotWait) {
  IngestQueue queue;
  std::jthread later([&] {
    queue.Push(ItemOf(1));
    queue.Push(ItemOf(IngestQueue::kWorthACommit));
  });
  const auto taken = queue.Take(1 << 20, Never(), Never());
  EXPECT_EQ(taken.items.size(), 2U);
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(IngestQueue, TasksAndTheEndDoNotWait) {
  IngestQueue queue;
  queue.Push(ItemOf(1));
  std::jthread task([&] { queue.Post([] {}); });
  EXPECT_EQ(queue.Take(1 << 20, Never(), Never()).tasks.size(), 1U);
  queue.Push(ItemOf(1));
  std::jthread end([&] { queue.Stop(); });
  const auto last = queue.Take(1 << 20, Never(), Never());
  EXPECT_EQ(last.items.size(), 1U);
  EXPECT_TRUE(last.stopped);
}

}  // namespace
}  // namespace relaywatch::collector
