// What Linux tells about the way to a server. Every function answers "" or {} where the system does
// not say; none fails, none blocks on the network. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relaywatch::agent {

// The local address the system would take to `remote`; asked of a datagram socket, sends nothing.
std::string LocalAddressFor(const std::string& remote);

// The interface that has this address.
std::string InterfaceOf(const std::string& local_address);

// The gateway of the default route through an interface: the IPv6 one for an IPv6 local address.
std::string GatewayOf(const std::string& interface, bool ipv6);

// The domains of resolv.conf: "search" and "domain" lines.
std::vector<std::string> DnsSuffixes();

// The parsers behind them, over the text of the files.
std::string GatewayInRouteTable(std::string_view proc_net_route, std::string_view interface);
std::string GatewayInIpv6RouteTable(std::string_view proc_net_ipv6_route,
                                    std::string_view interface);
std::vector<std::string> SuffixesInResolvConf(std::string_view resolv_conf);

}  // namespace relaywatch::agent
