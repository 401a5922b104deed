// The writer's page on every agent that has a stream: its row in the store and how far each of its
// epochs is durable. Two streams of one agent (the old one not yet known to be dead) share a page.
// Confined to the writer's thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/ingest/dictionary.h"
#include "collector/store/store.h"

namespace relaywatch::collector {

struct EpochProgress {
  EpochRow row;
  bool stored = false;  // the store has a row for it
  bool dirty = false;   // the commit in the making moves it
};

struct AgentPage {
  AgentRow row;
  std::map<std::uint64_t, EpochProgress> epochs;
  int streams = 0;
  // Of the newest stream.
  std::uint64_t boot_id = 0;
  std::uint64_t lineage = 0;
  std::int64_t duplicate_told_ms = 0;
  std::string spool_error;
};

class AgentBook {
 public:
  AgentBook(Store& store, Dictionary& dictionary, const std::vector<AgentRow>& known);

  // A stream of the agent begins, or ends. The page is valid in between.
  AgentPage& Open(const std::string& agent);
  void Close(AgentPage& page);

  // Of the agent with this number in its row; empty where there is none.
  std::string NameOf(std::int64_t id) const;

  // Null where the agent has more epochs than an honest one could.
  absl::StatusOr<EpochProgress*> Epoch(AgentPage& page, std::uint64_t epoch);

 private:
  Store& store_;
  Dictionary& dictionary_;
  std::map<std::string, AgentRow> rows_;  // of all agents ever seen
  std::map<std::string, AgentPage> pages_;
  std::map<std::int64_t, std::string> names_;  // by number
};

}  // namespace relaywatch::collector
