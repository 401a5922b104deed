// What outcomes are judged by at present: the profiles, and the plan that says which of them an
// endpoint is judged by. Shared by pointer; immutable.
#pragma once

#include <memory>

#include "collector/ingest/profiles.h"
#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::collector {

struct Judging {
  std::shared_ptr<const v1::Plan> plan;
  std::shared_ptr<const ProfileSet> profiles;
};

}  // namespace relaywatch::collector
