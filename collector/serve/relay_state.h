// What one outcome says about relaying for relaywatch_relay_state. Pure; thread-safe.
#pragma once

#include <array>
#include <string_view>

#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::collector {

inline constexpr std::array<std::string_view, 4> kRelayStates{"accepted", "refused", "blocked",
                                                              "untested"};

// A foreign recipient without a login: accepted or refused by the server; blocked where the
// dialogue broke off before it could be asked; untested where nobody wanted to ask.
std::string_view AnonymousRelayState(const v1::Facts& facts);

// The same after a login. A dialogue that broke off says nothing about a login that may not even be
// configured, so there is no "blocked" here.
std::string_view AuthenticatedRelayState(const v1::Facts& facts);

}  // namespace relaywatch::collector
