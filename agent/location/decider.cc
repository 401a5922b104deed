#include "agent/location/decider.h"

namespace relaywatch::agent {

void LocationDecider::SetDeclared(std::string declared, std::string source) {
  declared_ = std::move(declared);
  source_ = std::move(source);
}

std::string LocationDecider::Decide(const std::string& remote, const std::string& local) const {
  Surroundings at;
  at.declared = declared_;
  at.local_address = !local.empty() ? local : source_;
  if (rules_.AsksForWay()) {
    Way way = network_.WayTo(remote, at.local_address);
    if (at.local_address.empty()) at.local_address = std::move(way.local_address);
    at.interface = std::move(way.interface);
    at.interface_kind = std::move(way.interface_kind);
    at.gateway = std::move(way.gateway);
  }
  if (rules_.AsksForDnsSuffix()) at.dns_suffixes = network_.DnsSuffixes();
  return rules_.Match(at);
}

}  // namespace relaywatch::agent
