// The confirmed changes whose effect is still in force: until the rule goes back, or an operator
// says that it shall be so. A change is followed facet by facet: where LOGIN was taken away and
// relaying refused, and only LOGIN comes back, the change stays open for relaying. What brings all
// of it back is resolved with it: after going there and back nothing is open.
//
// Changes of pools are followed as a whole. Of one track at most kMaxOfTrack are followed; the
// oldest then counts as resolved by the newest. Confined to one thread; knows no clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "collector/store/rows.h"

namespace relaywatch::collector {

class OpenChanges {
 public:
  static constexpr std::size_t kMaxOfTrack = 16;
  using Place = std::pair<detect::KeyId, detect::TrackId>;

  // A confirmed change, with all but `open` and the resolution of its status set. Appends every
  // status that it changes, its own as the last one.
  void Add(const Place& place, const detect::ChangeEvent& event, ChangeStatus status,
           std::vector<ChangeStatus>& changed);
  // As it was before a restart.
  void Restore(const Place& place, const ChangeStatus& status, std::vector<detect::RulePtr> before);

  // No longer open from now on; nullopt where it is not.
  std::optional<ChangeStatus> Accept(std::int64_t id, std::int64_t now_ms);
  // What was kept quiet at a key is told now; appends every status that it changes.
  void TellQuiet(detect::KeyId key, std::int64_t now_ms, std::vector<ChangeStatus>& changed);

 private:
  struct Entry {
    ChangeStatus status;
    std::vector<detect::RulePtr> before;
  };
  using Entries = std::vector<Entry>;

  static void Undo(Entries& entries, const std::vector<detect::RulePtr>& now);

  std::map<Place, Entries> places_;
};

// The facets in which an event's rules differ, all of them where a pool is involved.
detect::FacetMask Followed(const detect::ChangeEvent& event);

}  // namespace relaywatch::collector
