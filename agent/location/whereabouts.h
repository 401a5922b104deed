// Where the agent stands towards each of its servers, and whether what it saw there counts: asked
// when a probe begins and when it has ended. A network that changed in between, or a place that is
// another one, makes a result that moved; a captive portal makes one that is the portal's. Neither
// says anything about the server.
// Confined to the agent's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/location/decider.h"
#include "agent/location/host_network.h"
#include "agent/location/portal.h"
#include "agent/schedule/service.h"

namespace relaywatch::agent {

class Whereabouts {
 public:
  Whereabouts(std::unique_ptr<HostNetwork> network, std::string declared, std::string source);

  void SetRules(LocationRules rules);
  void SetDeclared(std::string declared, std::string source);
  // Forgets services that are no longer probed.
  void Keep(const std::vector<Service>& services);

  // Calls `moved` when a change of the network leads another way to a server that was probed: to
  // another location.
  void Watch(std::function<void()> moved);
  void StopWatching() { network_->StopWatching(); }

  // Where a probe of the service begins.
  struct Standpoint {
    std::string location;
    std::string address;        // of the server, that the location was decided by
    std::uint64_t changes = 0;  // of the network
  };
  Standpoint Begin(const ServiceKey& service) const;

  struct Place {
    std::string location;
    bool moved = false;
    bool captive_portal = false;
  };
  Place End(const Service& service, const Standpoint& begin, const probe::Report& report,
            std::chrono::steady_clock::time_point now);

  // Towards the server that was probed last, or that another way leads to since; before the first
  // result, towards the internet.
  std::string Latest() const;

 private:
  struct Seen {
    std::string address;  // connected to, or tried
    std::string location;
  };

  void OnNetworkChange();
  void DecideAgain();
  void TellPortalDetector();

  std::unique_ptr<HostNetwork> network_;
  LocationDecider decider_;
  PortalDetector portal_;
  std::uint64_t portal_changes_ = 0;  // of the network, that it knows of
  std::map<ServiceKey, Seen> seen_;
  std::optional<ServiceKey> latest_;
  std::function<void()> moved_;
};

}  // namespace relaywatch::agent
