// What this host's system tells about its network: the one seam that another operating system
// implements (linux_network.h is ours). Confined to the io_context's thread.
#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace relaywatch::agent {

// The way that packets take; empty where the system does not say.
struct Way {
  std::string interface;
  std::string interface_kind;  // one of kInterfaceKinds
  std::string gateway;         // empty also where the other end is on the same link
  std::string local_address;
};

class HostNetwork {
 public:
  virtual ~HostNetwork() = default;

  // To `remote`, an address; empty: to the internet at large. `source`: the address that is sent
  // from; empty, or no longer ours: the system's choice. Asks at each call, so nothing is stale;
  // sends nothing, and does not block on the network.
  virtual Way WayTo(const std::string& remote, const std::string& source) const = 0;

  // The domain and the search list of the resolver.
  virtual std::vector<std::string> DnsSuffixes() const = 0;

  // From here on `changed` is called when links, addresses, routes or DNS suffixes have changed and
  // then been at rest for a moment, at the latest a second after the first change. Once.
  virtual void Watch(std::function<void()> changed) = 0;
  virtual void StopWatching() = 0;

  // How often something changed since Watch; counts at once, before `changed` is called.
  virtual std::uint64_t Changes() const = 0;
};

// Of the system that this was built for. `io` must outlive it.
std::unique_ptr<HostNetwork> MakeHostNetwork(asio::io_context& io);

}  // namespace relaywatch::agent
