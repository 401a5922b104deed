// Kinds of network interfaces, as location rules name them: the collector reads them, the agent
// decides by them. Pure; thread-safe.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace relaywatch {

inline constexpr std::string_view kInterfaceKinds[] = {"ethernet", "wifi",     "tunnel", "ppp",
                                                       "bridge",   "loopback", "other"};

inline bool IsInterfaceKind(std::string_view text) {
  return std::find(std::begin(kInterfaceKinds), std::end(kInterfaceKinds), text) !=
         std::end(kInterfaceKinds);
}

}  // namespace relaywatch
