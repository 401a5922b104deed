// Tells changes of the network from the kernel's small talk: addresses are announced again with
// every router advertisement, links with every radio scan. Remembers what was announced, so what is
// said again is no change. Pure but for its memory; confined to one thread.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

namespace relaywatch::agent {

class NetworkEvents {
 public:
  // One datagram of rtnetlink(7), of any number of messages. True: something changed.
  bool Take(std::span<const char> datagram);

 private:
  bool OnLink(std::span<const char> payload, bool gone);
  bool OnAddress(std::span<const char> payload, bool gone);
  static bool OnRoute(std::span<const char> payload);

  std::map<int, std::string> links_;  // by index: whether it is up and running, and its name
  std::set<std::string> addresses_;   // link's index and address
};

}  // namespace relaywatch::agent
