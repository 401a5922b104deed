// What waits for the writer: messages of all streams in the order in which they came, and tasks
// that others want done on its thread. Reactions only push; they never wait.
//
// Bounded by the streams: each stops reading while its own share of unanswered bytes, or this queue
// as a whole, is used up (session_reactor.h), so at most kMaxBytes and one message a stream wait.
// Thread-safe.
#pragma once

#include <google/protobuf/arena.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "collector/ingest/agent_link.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector {

// One message in memory of its own: parsed by gRPC, read by the writer, thrown away as a whole.
class Envelope {
 public:
  Envelope() : arena_(Blocks()), message_(Make(&arena_)) {}

  v1::AgentMessage& message() { return *message_; }
  std::size_t bytes() const { return arena_.SpaceAllocated(); }

 private:
  // A status takes one small block, a batch of hundreds of results a few large ones.
  static google::protobuf::ArenaOptions Blocks() {
    google::protobuf::ArenaOptions options;
    options.max_block_size = 64 * 1024;
    return options;
  }
  static v1::AgentMessage* Make(google::protobuf::Arena* arena) {
    return google::protobuf::Arena::CreateMessage<v1::AgentMessage>(arena);
  }

  google::protobuf::Arena arena_;
  v1::AgentMessage* message_;
};

struct IngestItem {
  std::shared_ptr<AgentLink> link;
  std::unique_ptr<Envelope> envelope;  // null: the agent has ended the stream
  std::size_t bytes = 0;
  std::size_t oversize = 0;  // a message that was not opened: its length; the envelope is empty
};

class IngestQueue {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024 * 1024;
  static constexpr std::size_t kWorthACommit = 128 * 1024;

  struct Taken {
    std::vector<IngestItem> items;
    std::vector<std::function<void()>> tasks;
    bool stopped = false;  // and nothing is left
  };

  void Push(IngestItem item);
  void Post(std::function<void()> task);

  // Everything that waits, tasks and about max_bytes of items; waits for the first, at most until
  // `deadline`, and where that is little then until `not_before`, so that thousands of agents with
  // a result now and then share one commit. Tasks do not wait.
  Taken Take(std::size_t max_bytes, std::chrono::steady_clock::time_point deadline,
             std::chrono::steady_clock::time_point not_before = {});

  // Takes hand out what is left, then tell that it was the last.
  void Stop();

  std::size_t bytes() const;
  bool WorthACommit() const { return bytes() >= kWorthACommit; }
  bool HasRoom() const { return bytes() < kMaxBytes; }

 private:
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<IngestItem> items_;
  std::vector<std::function<void()>> tasks_;
  std::size_t bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace relaywatch::collector
