// Where the agent is, seen from the way to one server: decided anew for every result, since a
// laptop on a VPN is at two places at once. The interface is what another operating system
// implements.
// Confined to the agent's thread.
#pragma once

#include <string>

#include "agent/location/rules.h"

namespace relaywatch::agent {

class LocationDecider {
 public:
  virtual ~LocationDecider() = default;

  // `remote`: the server's address; empty where none was found. `local`: our end of the connection;
  // empty where none stood, and then the way that the system would take is asked for.
  // "unknown" where no rule holds.
  virtual std::string Decide(const std::string& remote, const std::string& local) const = 0;
};

// Rules of the plan over what Linux tells: getifaddrs(3), /proc/net/route, /proc/net/ipv6_route and
// resolv.conf(5). Reads at each decision what the rules ask for; nothing is cached, so nothing is
// stale.
class HostLocationDecider final : public LocationDecider {
 public:
  // `declared`: the configured name. `source`: the address that probes bind; may be empty.
  HostLocationDecider(std::string declared, std::string source)
      : declared_(std::move(declared)), source_(std::move(source)) {}

  void SetRules(LocationRules rules) { rules_ = std::move(rules); }
  // What a new configuration says of the same two.
  void SetDeclared(std::string declared, std::string source);

  std::string Decide(const std::string& remote, const std::string& local) const override;

 private:
  std::string declared_;
  std::string source_;
  LocationRules rules_;
};

}  // namespace relaywatch::agent
