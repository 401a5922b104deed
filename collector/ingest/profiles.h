// The client profiles everything is judged by: the built-in ones and the operators' own, each with
// its number in the store. Immutable; shared by pointer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/store/store.h"
#include "common/judge/profile.h"
#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::collector {

struct StoredProfile {
  std::int64_t id = 0;
  judge::ClientProfile profile;
};

class ProfileSet {
 public:
  ProfileSet() = default;
  explicit ProfileSet(std::vector<StoredProfile> profiles) : profiles_(std::move(profiles)) {}

  const std::vector<StoredProfile>& all() const { return profiles_; }

  // Positions in all() of the profiles that an endpoint is judged by: those it lists, else the
  // built-in ones. An endpoint the plan does not know (any more) gets the built-in ones.
  std::vector<std::size_t> Of(const v1::Endpoint* endpoint) const;

 private:
  std::vector<StoredProfile> profiles_;
};

// Gives every profile its number, and judges all stored outcomes by those whose definition (or the
// program's judging) is not what the store was judged by, from `now_ms` on. One commit.
absl::StatusOr<std::shared_ptr<const ProfileSet>> InstallProfiles(
    const std::vector<judge::ClientProfile>& own, std::int64_t now_ms, Store& store);

// Everything that makes the profile judge as it does, in one comparable line.
std::string Definition(const judge::ClientProfile& profile);

}  // namespace relaywatch::collector
