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
  if (rules_.AsksForInterface() && !at.local_address.empty()) {
    at.interface = InterfaceOf(at.local_address);
    const bool ipv6 = at.local_address.find(':') != std::string::npos;
    if (!at.interface.empty()) at.gateway = GatewayOf(at.interface, ipv6);
  }
  if (rules_.AsksForDnsSuffix()) at.dns_suffixes = DnsSuffixes();
  return rules_.Match(at);
}

}  // namespace relaywatch::agent
