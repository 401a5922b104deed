// Questions to the kernel by rtnetlink(7), each on a socket of its own: the kernel answers within
// the call. nullopt where it does not know, or cannot be asked. Thread-safe.
#pragma once

#include <asio/ip/address.hpp>
#include <optional>
#include <string>

namespace relaywatch::agent {

struct KernelRoute {
  int link = 0;         // its index
  std::string gateway;  // empty: on the link
  std::string source;   // the local address that is taken where none is bound
};

// `source`: nullopt, or an address of this host and of the same family.
std::optional<KernelRoute> AskRoute(const asio::ip::address& remote,
                                    const std::optional<asio::ip::address>& source);

struct KernelLink {
  std::string name;
  unsigned hardware = 0;  // ARPHRD_
  std::string driver;     // of a virtual link: "tun", "veth"; else empty
};

std::optional<KernelLink> AskLink(int index);

// A socket that gets a message for every change of links, addresses and routes; -1: there is none.
// The caller closes it.
int OpenNetlinkEvents();

}  // namespace relaywatch::agent
