#include "agent/probe/cares_resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cstring>

#include "agent/probe/cares_channel.h"

namespace relaywatch::probe {
namespace {

// Shared with the callback, which may come after the deadline has given up.
struct Lookup {
  explicit Lookup(asio::io_context& io) : wake(io) {}

  asio::steady_timer wake;
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<asio::ip::address> addresses;
};

std::string ConfigurationVersion() {
  struct stat file {};
  if (::stat("/etc/resolv.conf", &file) != 0) return "none";
  return std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino) + ":" +
         std::to_string(file.st_mtim.tv_sec) + "." + std::to_string(file.st_mtim.tv_nsec);
}

std::optional<asio::ip::address> AddressOf(const ares_addrinfo_node& node) {
  if (node.ai_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, node.ai_addr, sizeof(v4));
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (node.ai_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, node.ai_addr, sizeof(v6));
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes, v6.sin6_scope_id);
  }
  return std::nullopt;
}

std::vector<asio::ip::address> AddressesOf(const ares_addrinfo* result) {
  std::vector<asio::ip::address> addresses;
  const ares_addrinfo_node* node = result == nullptr ? nullptr : result->nodes;
  for (; node != nullptr; node = node->ai_next) {
    const auto address = AddressOf(*node);
    if (!address) continue;
    if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
      addresses.push_back(*address);
    }
  }
  return addresses;
}

Fault FaultOfStatus(int status) {
  switch (status) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
    case ARES_ENONAME:
      return {v1::FAILURE_NO_ADDRESS, ares_strerror(status)};
    case ARES_ENOMEM:
    case ARES_EFILE:
      return {v1::FAILURE_LOCAL, ares_strerror(status)};
    default:
      return {v1::FAILURE_DNS_NO_ANSWER, ares_strerror(status)};
  }
}

int FamilyNumber(AddressFamily family) {
  switch (family) {
    case AddressFamily::kIpv4:
      return AF_INET;
    case AddressFamily::kIpv6:
      return AF_INET6;
    default:
      return AF_UNSPEC;
  }
}

}  // namespace

CaresResolver::CaresResolver(asio::io_context& io, std::string servers)
    : io_(io), servers_(std::move(servers)) {}

CaresResolver::~CaresResolver() {
  if (channel_) channel_->Stop();
}

// A channel keeps the configuration it was made with; a changed one needs a new channel, once the
// old one has nothing left to do.
std::shared_ptr<CaresChannel> CaresResolver::CurrentChannel() {
  std::string version = ConfigurationVersion();
  if (channel_ && (version == configuration_ || !channel_->idle())) return channel_;
  if (channel_) channel_->Stop();
  int status = ARES_SUCCESS;
  channel_ = CaresChannel::Create(io_, servers_, status);
  configuration_ = std::move(version);
  return channel_;
}

asio::awaitable<Resolution> CaresResolver::Resolve(std::string host, AddressFamily family,
                                                   std::chrono::steady_clock::time_point deadline) {
  Resolution resolution;
  const std::shared_ptr<CaresChannel> channel = CurrentChannel();
  if (!channel) {
    resolution.fault = {v1::FAILURE_LOCAL, "the resolver cannot be started"};
    co_return resolution;
  }
  const auto lookup = std::make_shared<Lookup>(io_);
  channel->GetAddrInfo(host, FamilyNumber(family),
                       [lookup](int status, const ares_addrinfo* result) {
                         lookup->done = true;
                         lookup->status = status;
                         lookup->addresses = AddressesOf(result);
                         lookup->wake.cancel();
                       });
  if (!lookup->done) {
    lookup->wake.expires_at(deadline);
    std::error_code ignored;
    co_await lookup->wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (!lookup->done) {
    resolution.fault = {v1::FAILURE_DNS_NO_ANSWER, "no answer in time"};
  } else if (lookup->status != ARES_SUCCESS) {
    resolution.fault = FaultOfStatus(lookup->status);
  } else if (lookup->addresses.empty()) {
    resolution.fault = {v1::FAILURE_NO_ADDRESS, "the name has no address"};
  }
  resolution.addresses = std::move(lookup->addresses);
  co_return resolution;
}

}  // namespace relaywatch::probe
