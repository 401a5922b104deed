#include "agent/location/netlink.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace relaywatch::agent {
namespace {

// The kernel answers at once; a limit all the same, since the agent has one thread.
constexpr timeval kAnswerLimit{.tv_sec = 1, .tv_usec = 0};

class Socket {
 public:
  explicit Socket(unsigned groups = 0)
      : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK * (groups != 0),
                   NETLINK_ROUTE)) {
    sockaddr_nl local{};
    local.nl_family = AF_NETLINK;
    local.nl_groups = groups;
    if (fd_ >= 0 && bind(fd_, reinterpret_cast<sockaddr*>(&local), sizeof(local)) != 0) Close();
  }
  ~Socket() { Close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  int fd_;
};

// A request under construction: a fixed part and attributes behind it.
template <typename Fixed>
class Request {
 public:
  Request(unsigned short type, const Fixed& fixed) : bytes_(NLMSG_SPACE(sizeof(Fixed))) {
    header().nlmsg_type = type;
    header().nlmsg_flags = NLM_F_REQUEST;
    std::memcpy(NLMSG_DATA(&header()), &fixed, sizeof(fixed));
  }

  void Add(unsigned short type, std::span<const unsigned char> value) {
    const std::size_t offset = bytes_.size();
    bytes_.resize(offset + RTA_SPACE(value.size()));
    rtattr attribute{};
    attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(value.size()));
    attribute.rta_type = type;
    std::memcpy(bytes_.data() + offset, &attribute, sizeof(attribute));
    std::memcpy(bytes_.data() + offset + RTA_LENGTH(0), value.data(), value.size());
  }

  std::span<const char> Bytes() {
    header().nlmsg_len = static_cast<unsigned>(bytes_.size());
    return bytes_;
  }

 private:
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  std::vector<char> bytes_;
};

using VisitAttribute = std::function<void(unsigned short type, std::span<const char> value)>;

void ForEachAttribute(const rtattr* attribute, int length, const VisitAttribute& visit) {
  for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length)) {
    visit(attribute->rta_type & NLA_TYPE_MASK,
          {static_cast<const char*>(RTA_DATA(attribute)), RTA_PAYLOAD(attribute)});
  }
}

// The one message that answers, which `read` sees; false where there is none of that type.
template <typename Fixed>
bool Ask(std::span<const char> request, unsigned short type,
         const std::function<void(const Fixed&, const rtattr*, int)>& read) {
  const Socket socket;
  if (socket.fd() < 0) return false;
  setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerLimit, sizeof(kAnswerLimit));
  if (send(socket.fd(), request.data(), request.size(), 0) < 0) return false;
  alignas(nlmsghdr) std::array<char, 16 * 1024> answer;
  const ssize_t size = recv(socket.fd(), answer.data(), answer.size(), 0);
  const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (size < 0 || !NLMSG_OK(header, static_cast<std::size_t>(size))) return false;
  if (header->nlmsg_type != type || header->nlmsg_len < NLMSG_LENGTH(sizeof(Fixed))) return false;
  const auto* fixed = static_cast<const Fixed*>(NLMSG_DATA(header));
  const auto* first = reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(fixed) +
                                                      NLMSG_ALIGN(sizeof(Fixed)));
  read(*fixed, first, static_cast<int>(NLMSG_PAYLOAD(header, sizeof(Fixed))));
  return true;
}

void AddAddress(Request<rtmsg>& request, unsigned short type, const asio::ip::address& address) {
  if (address.is_v4()) {
    request.Add(type, address.to_v4().to_bytes());
  } else {
    request.Add(type, address.to_v6().to_bytes());
  }
}

std::string ToText(std::span<const char> bytes) {
  if (bytes.size() == 4) {
    asio::ip::address_v4::bytes_type v4;
    std::memcpy(v4.data(), bytes.data(), v4.size());
    return asio::ip::address_v4(v4).to_string();
  }
  if (bytes.size() == 16) {
    asio::ip::address_v6::bytes_type v6;
    std::memcpy(v6.data(), bytes.data(), v6.size());
    return asio::ip::address_v6(v6).to_string();
  }
  return "";
}

// An address of the other family: its family, then its bytes.
std::string ViaToText(std::span<const char> value) {
  return value.size() > sizeof(rtvia) ? ToText(value.subspan(sizeof(rtvia))) : "";
}

std::string TextOf(std::span<const char> value) {
  return {value.data(), strnlen(value.data(), value.size())};
}

}  // namespace

std::optional<KernelRoute> AskRoute(const asio::ip::address& remote,
                                    const std::optional<asio::ip::address>& source) {
  rtmsg fixed{};
  fixed.rtm_family = remote.is_v4() ? AF_INET : AF_INET6;
  fixed.rtm_dst_len = remote.is_v4() ? 32 : 128;
  if (source) fixed.rtm_src_len = fixed.rtm_dst_len;
  Request<rtmsg> request(RTM_GETROUTE, fixed);
  AddAddress(request, RTA_DST, remote);
  if (source) AddAddress(request, RTA_SRC, *source);
  KernelRoute route;
  bool leads_somewhere = false;
  const auto read = [&](const rtmsg& message, const rtattr* first, int length) {
    leads_somewhere = message.rtm_type == RTN_UNICAST || message.rtm_type == RTN_LOCAL;
    ForEachAttribute(first, length, [&](unsigned short type, std::span<const char> value) {
      if (type == RTA_OIF && value.size() == sizeof(int)) {
        std::memcpy(&route.link, value.data(), sizeof(int));
      } else if (type == RTA_GATEWAY) {
        route.gateway = ToText(value);
      } else if (type == RTA_VIA) {
        route.gateway = ViaToText(value);
      } else if (type == RTA_PREFSRC) {
        route.source = ToText(value);
      }
    });
  };
  if (!Ask<rtmsg>(request.Bytes(), RTM_NEWROUTE, read) || !leads_somewhere) return std::nullopt;
  if (source) route.source = source->to_string();
  return route;
}

std::optional<KernelLink> AskLink(int index) {
  ifinfomsg fixed{};
  fixed.ifi_index = index;
  Request<ifinfomsg> request(RTM_GETLINK, fixed);
  KernelLink link;
  const auto read = [&](const ifinfomsg& message, const rtattr* first, int length) {
    link.hardware = message.ifi_type;
    ForEachAttribute(first, length, [&](unsigned short type, std::span<const char> value) {
      if (type == IFLA_IFNAME) link.name = TextOf(value);
      if (type != IFLA_LINKINFO) return;
      ForEachAttribute(reinterpret_cast<const rtattr*>(value.data()),
                       static_cast<int>(value.size()),
                       [&](unsigned short inner, std::span<const char> text) {
                         if (inner == IFLA_INFO_KIND) link.driver = TextOf(text);
                       });
    });
  };
  if (!Ask<ifinfomsg>(request.Bytes(), RTM_NEWLINK, read)) return std::nullopt;
  return link;
}

int OpenNetlinkEvents() {
  Socket socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                RTMGRP_IPV6_ROUTE);
  return socket.Release();
}

}  // namespace relaywatch::agent
