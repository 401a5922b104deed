#include "collector/watch/open_changes.h"

#include <algorithm>

#include "collector/watch/rule_text.h"

namespace relaywatch::collector {
namespace {

using detect::FacetMask;
using detect::RulePtr;

constexpr FacetMask kAllFacets = (FacetMask{1} << detect::kFacetCount) - 1;

constexpr FacetMask FacetsOf(detect::TrackId track) {
  switch (track) {
    case detect::TrackId::kServed:
      return detect::kServedFacets;
    case detect::TrackId::kLogin:
      return detect::kLoginFacets;
    case detect::TrackId::kCertificate:
      return detect::kCertificateFacets;
  }
  return 0;
}

bool IsSingle(const std::vector<RulePtr>& rules) { return rules.size() == 1; }

// The facets in which `now` is as `before` was; all of them where nothing differs.
FacetMask Restored(const std::vector<RulePtr>& before, const std::vector<RulePtr>& now) {
  if (!IsSingle(before) || !IsSingle(now)) {
    return JoinRules(before) == JoinRules(now) ? kAllFacets : 0;
  }
  const FacetMask different = Difference(*before.front(), *now.front());
  if (different == 0) return kAllFacets;
  return before.front()->known() & now.front()->known() & ~different;
}

}  // namespace

FacetMask Followed(const detect::ChangeEvent& event) {
  if (!IsSingle(event.before) || !IsSingle(event.after)) return kAllFacets;
  return Difference(*event.before.front(), *event.after.front()) & FacetsOf(event.track);
}

// What is as before some change is as if neither that change nor those after it had been, as far as
// these facets go. A pool's changes stay open until all of it is as before.
void OpenChanges::Undo(Entries& entries, const std::vector<RulePtr>& now) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool is_whole = entries[i].status.open == kAllFacets;
    const FacetMask restored = Restored(entries[i].before, now);
    if (restored == 0 || (is_whole && restored != kAllFacets)) continue;
    const FacetMask undone = is_whole ? kAllFacets : restored & entries[i].status.open;
    for (std::size_t j = i; j < entries.size(); ++j) {
      FacetMask& open = entries[j].status.open;
      if (open != kAllFacets || undone == kAllFacets) open &= ~undone;
    }
  }
}

void OpenChanges::Add(const Place& place, const detect::ChangeEvent& event, ChangeStatus status,
                      std::vector<ChangeStatus>& changed) {
  Entries& entries = places_[place];
  status.open = Followed(event);
  std::vector<FacetMask> before;
  for (const Entry& entry : entries) before.push_back(entry.status.open);
  entries.push_back({status, event.before});
  Undo(entries, event.after);
  if (entries.size() > kMaxOfTrack) entries.front().status.open = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    ChangeStatus& now = entries[i].status;
    if (now.open == 0) {
      now.resolved_ms = event.since_ms;
      now.resolved_by = status.id;
    }
    if (i == before.size() || now.open != before[i]) changed.push_back(now);
  }
  std::erase_if(entries, [](const Entry& entry) { return entry.status.open == 0; });
  if (entries.empty()) places_.erase(place);
}

void OpenChanges::Restore(const Place& place, const ChangeStatus& status,
                          std::vector<RulePtr> before) {
  places_[place].push_back({status, std::move(before)});
}

std::optional<ChangeStatus> OpenChanges::Accept(std::int64_t id, std::int64_t now_ms) {
  for (auto& [place, entries] : places_) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [id](const Entry& entry) { return entry.status.id == id; });
    if (found == entries.end()) continue;
    ChangeStatus accepted = found->status;
    accepted.open = 0;
    accepted.accepted_ms = now_ms;
    entries.erase(found);
    if (entries.empty()) places_.erase(place);
    return accepted;
  }
  return std::nullopt;
}

void OpenChanges::TellQuiet(detect::KeyId key, std::int64_t now_ms,
                            std::vector<ChangeStatus>& changed) {
  for (auto& [place, entries] : places_) {
    if (place.first != key) continue;
    for (Entry& entry : entries) {
      if (entry.status.told_ms != 0) continue;
      entry.status.told_ms = now_ms;
      changed.push_back(entry.status);
    }
  }
}

}  // namespace relaywatch::collector
