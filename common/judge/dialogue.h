// One dialogue seen through one client's eyes. Holds references; use within one call.
#pragma once

#include <string>
#include <vector>

#include "common/judge/profile.h"
#include "common/judge/reading.h"

namespace relaywatch::judge {

struct Dialogue {
  Dialogue(const Reading& reading_in, const ClientProfile& profile_in)
      : reading(reading_in), facts(reading_in.facts()), profile(profile_in) {}

  const Reading& reading;
  const v1::Facts& facts;
  const ClientProfile& profile;
};

// The mechanisms that a client finds in the offer, each in its own reading of it; none without one.
const std::vector<std::string>& OfferedMechanisms(const Dialogue& dialogue);

// The mechanisms by which the client would log in: for sending, the profile's; for receiving every
// client has some.
std::vector<std::string> ClientMechanisms(const Dialogue& dialogue);

}  // namespace relaywatch::judge
