// What cut a dialogue short: a fact about the peer, the network or this host, in the vocabulary of
// v1::Failure. A default-constructed fault is none.
#pragma once

#include <string>
#include <system_error>

#include "relaywatch/v1/taxonomy.pb.h"

namespace relaywatch::probe {

struct Fault {
  v1::Failure failure = v1::FAILURE_UNSPECIFIED;
  std::string detail;  // in words, the same in every run against the same behaviour

  explicit operator bool() const { return failure != v1::FAILURE_UNSPECIFIED; }
};

// connect(2): RST is REFUSED; ICMP, no route and a local firewall are UNREACHABLE; what this host
// lacks (ports, descriptors, a usable source address) is LOCAL.
Fault ConnectFault(const std::error_code& error);

// recv(2) and send(2) on a connection that stood.
Fault StreamFault(const std::error_code& error);
Fault ClosedFault();
// Something was said that no command had asked for.
Fault EarlyBytesFault();

// How a dialogue ended that such a fault cut short.
v1::Ending EndingOf(v1::Failure failure);

}  // namespace relaywatch::probe
