#include "agent/location/network_events.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>

#include <cstring>
#include <string_view>

namespace relaywatch::agent {
namespace {

// The fixed part of a message, and the value of one attribute behind it; "" where it is missing.
template <typename Fixed>
bool ReadFixed(std::span<const char> payload, Fixed& fixed) {
  if (payload.size() < sizeof(fixed)) return false;
  std::memcpy(&fixed, payload.data(), sizeof(fixed));
  return true;
}

template <typename Fixed>
std::string Attribute(std::span<const char> payload, unsigned short wanted) {
  std::size_t at = NLMSG_ALIGN(sizeof(Fixed));
  while (at + sizeof(rtattr) <= payload.size()) {
    rtattr attribute;
    std::memcpy(&attribute, payload.data() + at, sizeof(attribute));
    if (attribute.rta_len < sizeof(rtattr) || attribute.rta_len > payload.size() - at) break;
    if (attribute.rta_type == wanted) {
      return {payload.data() + at + RTA_LENGTH(0), attribute.rta_len - RTA_LENGTH(0)};
    }
    at += RTA_ALIGN(attribute.rta_len);
  }
  return {};
}

}  // namespace

bool NetworkEvents::Take(std::span<const char> datagram) {
  bool changed = false;
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, datagram.data(), sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > datagram.size()) break;
    const auto payload = datagram.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
    switch (header.nlmsg_type) {
      case RTM_NEWLINK:
      case RTM_DELLINK:
        changed |= OnLink(payload, header.nlmsg_type == RTM_DELLINK);
        break;
      case RTM_NEWADDR:
      case RTM_DELADDR:
        changed |= OnAddress(payload, header.nlmsg_type == RTM_DELADDR);
        break;
      case RTM_NEWROUTE:
      case RTM_DELROUTE:
        changed |= OnRoute(payload);
        break;
      default:
        break;
    }
    datagram =
        datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
  }
  return changed;
}

bool NetworkEvents::OnLink(std::span<const char> payload, bool gone) {
  ifinfomsg link;
  if (!ReadFixed(payload, link) || link.ifi_family != AF_UNSPEC)
    return false;  // else a bridge port
  if (gone) {
    links_.erase(link.ifi_index);
    return true;
  }
  std::string state = std::to_string(link.ifi_flags & (IFF_UP | IFF_RUNNING)) + " " +
                      Attribute<ifinfomsg>(payload, IFLA_IFNAME);
  std::string& known = links_[link.ifi_index];
  if (known == state) return false;
  known = std::move(state);
  return true;
}

bool NetworkEvents::OnAddress(std::span<const char> payload, bool gone) {
  ifaddrmsg address;
  if (!ReadFixed(payload, address)) return false;
  // Not usable before it is known to be nobody else's.
  if (!gone && (address.ifa_flags & IFA_F_TENTATIVE) != 0) return false;
  const std::string key = std::to_string(address.ifa_index) + " " +
                          Attribute<ifaddrmsg>(payload, IFA_LOCAL) + " " +
                          Attribute<ifaddrmsg>(payload, IFA_ADDRESS);
  if (!gone) return addresses_.insert(key).second;
  addresses_.erase(key);
  return true;
}

// Routes of the table "local" come with addresses, cloned ones with traffic.
bool NetworkEvents::OnRoute(std::span<const char> payload) {
  rtmsg route;
  if (!ReadFixed(payload, route)) return false;
  return (route.rtm_flags & RTM_F_CLONED) == 0 && route.rtm_table != RT_TABLE_LOCAL;
}

}  // namespace relaywatch::agent
