// The section `policy` of agent.yaml. Complains at the key where something is wrong, and reads on.
#pragma once

#include "agent/policy/policy.h"
#include "common/yaml/reader.h"

namespace relaywatch::agent {

// The defaults of PolicyConfig where the section, or a key in it, is missing. An empty list of
// ports or networks allows nothing; an empty one of hosts or recipients is a problem, since nobody
// could tell what it means.
PolicyConfig ReadPolicy(yaml::Map& root);

}  // namespace relaywatch::agent
