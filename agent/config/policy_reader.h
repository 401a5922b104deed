// The section `policy` of agent.yaml, and lists of ports. Complains at the key where something is
// wrong, and reads on.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/policy/policy.h"
#include "common/yaml/reader.h"

namespace relaywatch::agent {

// The key `ports`; empty where it is missing.
std::vector<std::uint16_t> ReadPorts(yaml::Map& map);

// The defaults of PolicyConfig where the section, or a key in it, is missing. A list that is there
// but empty allows nothing, except that `hosts` and `recipients` must not be empty.
PolicyConfig ReadPolicy(yaml::Map& root);

}  // namespace relaywatch::agent
