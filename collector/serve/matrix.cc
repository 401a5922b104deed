#include "collector/serve/matrix.h"

#include <algorithm>
#include <utility>

#include "collector/fleet/plan_lookup.h"
#include "common/judge/advice.h"

namespace relaywatch::collector {
namespace {

// An empty filter lets everything through.
template <typename List, typename Value>
bool Passes(const List& wanted, const Value& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

// By name, as the cells are ordered.
std::map<std::string, std::size_t> ProfilesOf(const MatrixEntry& entry, const v1::Plan* plan) {
  const ProfileSet& profiles = *entry.outcome->profiles;
  std::map<std::string, std::size_t> positions;
  for (const std::size_t i : profiles.Of(FindEndpoint(plan, entry.series->key.endpoint))) {
    positions[profiles.all()[i].profile.name] = i;
  }
  return positions;
}

v1::MatrixCell CellOf(const MatrixEntry& entry, std::size_t position) {
  const SeriesKey& key = entry.series->key;
  const judge::ClientProfile& profile = entry.outcome->profiles->all()[position].profile;
  const judge::Judgement& judgement = entry.outcome->judgements[position];
  v1::MatrixCell cell;
  cell.set_location(key.location);
  cell.set_endpoint(key.endpoint);
  cell.set_host(key.host);
  cell.set_protocol(key.protocol);
  cell.set_port(key.port);
  cell.set_profile(profile.name);
  cell.set_verdict(judgement.verdict);
  cell.set_stage(judgement.stage);
  cell.mutable_measured_at()->set_seconds(entry.time_ms / 1000);
  cell.mutable_measured_at()->set_nanos(static_cast<int>(entry.time_ms % 1000) * 1'000'000);
  cell.set_summary(judge::Explain(entry.outcome->facts, profile, judgement).summary);
  return cell;
}

}  // namespace

void Matrix::Use(std::shared_ptr<const v1::Plan> plan) {
  const std::lock_guard lock(mutex_);
  plan_ = std::move(plan);
}

void Matrix::Update(const std::vector<MatrixEntry>& entries) {
  const std::lock_guard lock(mutex_);
  for (const MatrixEntry& entry : entries) {
    const SeriesKey& key = entry.series->key;
    entries_[{key.location, key.endpoint, key.port}] = entry;
  }
}

std::vector<MatrixEntry> Matrix::Entries() const {
  const std::lock_guard lock(mutex_);
  std::vector<MatrixEntry> entries;
  for (const auto& [key, entry] : entries_) entries.push_back(entry);
  return entries;
}

v1::MatrixResponse Matrix::Answer(const v1::Filter& filter) const {
  std::shared_ptr<const v1::Plan> plan;
  {
    const std::lock_guard lock(mutex_);
    plan = plan_;
  }
  v1::MatrixResponse response;
  for (const MatrixEntry& entry : Entries()) {
    const SeriesKey& key = entry.series->key;
    if (!Passes(filter.locations(), key.location) || !Passes(filter.endpoints(), key.endpoint) ||
        !Passes(filter.ports(), key.port)) {
      continue;
    }
    for (const auto& [profile, position] : ProfilesOf(entry, plan.get())) {
      if (Passes(filter.profiles(), profile)) *response.add_cells() = CellOf(entry, position);
    }
  }
  return response;
}

}  // namespace relaywatch::collector
