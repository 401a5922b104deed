// Where the agent is, seen from the way to one server: decided anew for every result, since a
// laptop on a VPN is at two places at once. The rules are the plan's, the facts the host's.
// Confined to the agent's thread.
#pragma once

#include <string>
#include <utility>

#include "agent/location/host_network.h"
#include "agent/location/rules.h"

namespace relaywatch::agent {

class LocationDecider {
 public:
  // `declared`: the configured name. `source`: the address that probes bind; may be empty. The
  // network must outlive the decider.
  LocationDecider(const HostNetwork& network, std::string declared, std::string source)
      : network_(network), declared_(std::move(declared)), source_(std::move(source)) {}

  void SetRules(LocationRules rules) { rules_ = std::move(rules); }
  // What a new configuration says of the same two.
  void SetDeclared(std::string declared, std::string source);

  // `remote`: the server's address; empty where none is known, and then the way to the internet
  // counts. `local`: our end of the connection; empty where none stood, and then the way that the
  // system would take is asked for. "unknown" where no rule holds.
  std::string Decide(const std::string& remote, const std::string& local) const;

 private:
  const HostNetwork& network_;
  std::string declared_;
  std::string source_;
  LocationRules rules_;
};

}  // namespace relaywatch::agent
