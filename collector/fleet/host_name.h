// What an agent calls its host, made fit for logs, tables and terminals. Pure; thread-safe.
#pragma once

#include <algorithm>
#include <string>

namespace relaywatch::collector {

// Empty where it is longer than a DNS name or has anything but printable ASCII without blanks.
inline std::string HostNameOf(const std::string& told) {
  constexpr std::size_t kMaxBytes = 253;
  const bool plain =
      std::all_of(told.begin(), told.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return plain && told.size() <= kMaxBytes ? told : "";
}

}  // namespace relaywatch::collector
