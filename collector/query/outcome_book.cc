#include "collector/query/outcome_book.h"

#include <fmt/format.h>

#include <utility>

namespace relaywatch::collector {
namespace {

// Some 3 KB each.
constexpr std::size_t kMaxEntries = 20'000;

}  // namespace

void OutcomeBook::Use(std::shared_ptr<const ProfileSet> profiles) {
  if (profiles == profiles_) return;
  profiles_ = std::move(profiles);
  entries_.clear();
}

absl::StatusOr<OutcomeBook::Entry> OutcomeBook::Find(std::int64_t id, sqlite::Database& database) {
  if (const auto known = entries_.find(id); known != entries_.end()) return known->second;
  auto entry = Read(id, database);
  if (!entry.ok()) return entry;
  if (entries_.size() >= kMaxEntries) entries_.clear();
  return entries_.emplace(id, *std::move(entry)).first->second;
}

absl::StatusOr<OutcomeBook::Entry> OutcomeBook::Read(std::int64_t id,
                                                     sqlite::Database& database) const {
  auto row = sqlite::Statement::Prepare(database, "SELECT facts FROM outcome WHERE id = ?");
  if (!row.ok()) return row.status();
  const auto found = row->Bind(1, id).Step();
  if (!found.ok()) return found.status();
  v1::Facts facts;
  const std::string_view bytes = *found ? row->Blob(0) : std::string_view();
  if (!*found || !facts.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(fmt::format("outcome {} is missing or damaged", id));
  }
  return Judge(id, std::move(facts), profiles_);
}

OutcomeBook::Entry OutcomeBook::Judge(std::int64_t id, v1::Facts facts,
                                      std::shared_ptr<const ProfileSet> profiles) {
  auto outcome = std::make_shared<JudgedOutcome>();
  outcome->id = id;
  outcome->facts = std::move(facts);
  std::vector<judge::ClientProfile> clients;
  for (const StoredProfile& stored : profiles->all()) clients.push_back(stored.profile);
  outcome->judgements = judge::Judge(outcome->facts, clients);
  outcome->profiles = std::move(profiles);
  return outcome;
}

}  // namespace relaywatch::collector
