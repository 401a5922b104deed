#include "collector/ingest/profiles.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <utility>

#include "collector/ingest/rejudge.h"
#include "common/judge/judge.h"
#include "common/taxonomy.h"
#include "common/version.h"

namespace relaywatch::collector {
namespace {

// At a time, so that few facts are in memory at once.
constexpr std::int64_t kOutcomes = 1'000;

// Rows of `set` for all stored outcomes by the profiles in `stale`.
absl::Status JudgeStored(const std::vector<StoredProfile>& stale, std::int64_t now_ms, Store& store,
                         CommitSet& set) {
  Rejudge rejudge(now_ms);
  while (true) {
    const auto more = rejudge.Next(stale, kOutcomes, store, set);
    if (!more.ok()) return more.status();
    if (!*more) break;
  }
  for (const auto& [change, outcomes] : rejudge.report().changes) {
    const auto& [profile, from, to] = change;
    spdlog::info("judge: {}: {} outcomes are {} now instead of {}", profile, outcomes, Label(to),
                 Label(from));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::size_t> ProfileSet::Of(const v1::Endpoint* endpoint) const {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < profiles_.size(); ++i) {
    const std::string& name = profiles_[i].profile.name;
    const bool listed =
        endpoint != nullptr && !endpoint->profiles().empty()
            ? std::count(endpoint->profiles().begin(), endpoint->profiles().end(), name) > 0
            : judge::FindBuiltInProfile(name) != nullptr;
    if (listed) positions.push_back(i);
  }
  return positions;
}

std::string Definition(const judge::ClientProfile& profile) {
  // The version stands for the rules: another one may judge the same facts differently.
  return fmt::format("judge={} authenticates={} incoming_first={} mechanisms={} equals={} last={}",
                     kVersion, profile.authenticates, profile.logs_on_to_incoming_first,
                     fmt::join(profile.mechanisms, ","), profile.auth_reading.equals_form,
                     profile.auth_reading.last_line_only);
}

absl::StatusOr<std::shared_ptr<const ProfileSet>> InstallProfiles(
    const std::vector<judge::ClientProfile>& own, std::int64_t now_ms, Store& store) {
  const auto rows = store.ReadProfiles();
  if (!rows.ok()) return rows.status();
  std::map<std::string, ProfileRow> known;
  std::int64_t last_id = 0;
  for (const ProfileRow& row : *rows) {
    known[row.name] = row;
    last_id = std::max(last_id, row.id);
  }
  std::vector<judge::ClientProfile> profiles(judge::BuiltInProfiles().begin(),
                                             judge::BuiltInProfiles().end());
  profiles.insert(profiles.end(), own.begin(), own.end());
  std::vector<StoredProfile> all;
  std::vector<StoredProfile> stale;
  CommitSet set;
  for (judge::ClientProfile& profile : profiles) {
    const auto row = known.find(profile.name);
    const std::int64_t id = row == known.end() ? ++last_id : row->second.id;
    std::string definition = Definition(profile);
    all.push_back({id, std::move(profile)});
    if (row != known.end() && row->second.definition == definition) continue;
    set.profiles.push_back({id, all.back().profile.name, std::move(definition), now_ms});
    stale.push_back(all.back());
  }
  if (!stale.empty()) {
    if (auto judged = JudgeStored(stale, now_ms, store, set); !judged.ok()) return judged;
    if (auto committed = store.Commit(set); !committed.ok()) return committed;
  }
  return std::make_shared<const ProfileSet>(std::move(all));
}

}  // namespace relaywatch::collector
