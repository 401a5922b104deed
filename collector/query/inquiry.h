// What an answer is made from: one moment of the store, read by one thread of the pool
// (query_pool.h), and what is in force at present. Values and references; use within one call.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "collector/query/directory.h"
#include "collector/query/judging.h"
#include "collector/query/outcome_book.h"
#include "collector/store/reader.h"

namespace relaywatch::collector {

// A thread's own connection to the store, and what it has read there before.
struct Desk {
  std::unique_ptr<Reader> reader;
  Directory directory;
  OutcomeBook outcomes;
};

struct AgentHost {
  std::string agent;
  std::string host_name;
};

struct Inquiry {
  Desk& desk;
  Judging judging;
  std::int64_t now_ms = 0;
  std::vector<AgentHost> hosts;          // host names that stand for agents
  const std::atomic<bool>& is_unwanted;  // whoever asked has gone

  absl::StatusOr<OutcomeBook::Entry> Outcome(std::int64_t id) const {
    return desk.outcomes.Find(id, desk.reader->database());
  }
  // For the end of a walk that stopped because of it.
  absl::Status Wanted() const {
    return is_unwanted ? absl::CancelledError("whoever asked has gone") : absl::OkStatus();
  }
};

}  // namespace relaywatch::collector
