#include "agent/location/decider.h"

#include "agent/location/host_network.h"

namespace relaywatch::agent {

void HostLocationDecider::SetDeclared(std::string declared, std::string source) {
  declared_ = std::move(declared);
  source_ = std::move(source);
}

std::string HostLocationDecider::Decide(const std::string& remote, const std::string& local) const {
  Surroundings at;
  at.declared = declared_;
  at.local_address = !local.empty() ? local : source_;
  if (at.local_address.empty() && !remote.empty()) at.local_address = LocalAddressFor(remote);
  at.interface = at.local_address.empty() ? "" : InterfaceOf(at.local_address);
  if (!at.interface.empty()) {
    const bool ipv6 = at.local_address.find(':') != std::string::npos;
    at.gateway = GatewayOf(at.interface, ipv6);
  }
  at.dns_suffixes = DnsSuffixes();
  return rules_.Match(at);
}

}  // namespace relaywatch::agent
