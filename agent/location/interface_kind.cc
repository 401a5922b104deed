#include "agent/location/interface_kind.h"

#include <net/if_arp.h>

#include <algorithm>
#include <iterator>

namespace relaywatch::agent {
namespace {

// A tap device looks like Ethernet, and so do some overlays: what carries them decides.
constexpr std::string_view kTunnelDrivers[] = {
    "tun", "wireguard", "ipip", "sit",   "gre",    "gretap", "ip6gre",  "ip6gretap", "ip6tnl",
    "vti", "vti6",      "xfrm", "vxlan", "geneve", "ovpn",   "l2tpeth", "erspan",    "ipvti"};

constexpr unsigned kTunnelHardware[] = {ARPHRD_NONE, ARPHRD_TUNNEL, ARPHRD_TUNNEL6,
                                        ARPHRD_SIT,  ARPHRD_IPGRE,  823 /* ARPHRD_IP6GRE */};

template <typename List, typename Value>
bool IsIn(const List& list, const Value& value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

}  // namespace

std::string_view InterfaceKind(unsigned hardware, std::string_view driver, bool wireless) {
  if (hardware == ARPHRD_LOOPBACK) return "loopback";
  if (driver == "ppp" || hardware == ARPHRD_PPP) return "ppp";
  if (IsIn(kTunnelDrivers, driver) || IsIn(kTunnelHardware, hardware)) return "tunnel";
  if (driver == "bridge") return "bridge";
  if (wireless) return "wifi";
  return hardware == ARPHRD_ETHER ? "ethernet" : "other";
}

}  // namespace relaywatch::agent
