// The patterns of the policy: "*" stands for any characters, also none, everything else for itself
// without case. At most pattern times text steps whatever they are, since the text is a stranger's.
// Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relaywatch::agent {

bool Matches(std::string_view pattern, std::string_view text);
bool MatchesAny(const std::vector<std::string>& patterns, std::string_view text);

// ASCII; names of hosts are nothing else here.
std::string Lower(std::string_view text);

}  // namespace relaywatch::agent
