#include "collector/ingest/agent_book.h"

#include "collector/ingest/validate.h"

namespace relaywatch::collector {

AgentBook::AgentBook(Store& store, Dictionary& dictionary, const std::vector<AgentRow>& known)
    : store_(store), dictionary_(dictionary) {
  for (const AgentRow& row : known) {
    rows_[row.name] = row;
    names_[row.id] = row.name;
  }
}

AgentPage& AgentBook::Open(const std::string& agent) {
  AgentPage& page = pages_[agent];
  if (page.streams++ > 0) return page;
  AgentRow& row = rows_[agent];
  if (row.id == 0) {
    row.id = dictionary_.NextAgent();
    row.name = agent;
    names_[row.id] = agent;
  }
  page.row = row;
  return page;
}

void AgentBook::Close(AgentPage& page) {
  const std::string agent = page.row.name;  // the page goes with its entry
  rows_[agent] = page.row;
  if (--page.streams == 0) pages_.erase(agent);
}

std::string AgentBook::NameOf(std::int64_t id) const {
  const auto found = names_.find(id);
  return found != names_.end() ? found->second : "";
}

absl::StatusOr<EpochProgress*> AgentBook::Epoch(AgentPage& page, std::uint64_t epoch) {
  if (const auto known = page.epochs.find(epoch); known != page.epochs.end()) {
    return &known->second;
  }
  if (page.epochs.size() >= kMaxEpochsOfAgent) return nullptr;
  const auto found = store_.FindEpoch(page.row.id, epoch);
  if (!found.ok()) return found.status();
  EpochProgress& progress = page.epochs[epoch];
  progress.stored = found->has_value();
  progress.row = progress.stored ? **found : EpochRow{0, page.row.id, epoch, 0, 0};
  return &progress;
}

}  // namespace relaywatch::collector
