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
#include <span>

#include "agent/probe/cares_channel.h"

namespace relaywatch::probe {
namespace {

// Shared with the callback, which may come after the deadline has given up.
template <typename Found>
struct Lookup {
  explicit Lookup(asio::io_context& io) : wake(io) {}

  void Finish(int how, std::vector<Found> what) {
    done = true;
    status = how;
    found = std::move(what);
    wake.cancel();
  }

  asio::steady_timer wake;
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<Found> found;
};

constexpr const char* kNoAnswerInTime = "no answer in time";

Fault NotStartedFault() { return {v1::FAILURE_LOCAL, "the resolver cannot be started"}; }

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

bool IsNoRecord(const Fault& fault) { return fault.failure == v1::FAILURE_NO_ADDRESS; }

// A list that c-ares has parsed out of a reply, walked as what we call its elements.
template <typename Record, typename Element, typename Convert>
std::vector<Record> Parsed(std::span<const unsigned char> reply,
                           int (*parse)(const unsigned char*, int, Element**), Convert convert) {
  std::vector<Record> records;
  Element* first = nullptr;
  if (reply.empty() ||
      parse(reply.data(), static_cast<int>(reply.size()), &first) != ARES_SUCCESS) {
    return records;
  }
  const std::unique_ptr<Element, decltype(&ares_free_data)> owned(first, &ares_free_data);
  for (const Element* element = first; element != nullptr; element = element->next) {
    records.push_back(convert(*element));
  }
  return records;
}

std::vector<ServiceRecord> ParsedServices(std::span<const unsigned char> reply) {
  return Parsed<ServiceRecord>(reply, &ares_parse_srv_reply, [](const ares_srv_reply& srv) {
    return ServiceRecord{srv.priority, srv.weight, srv.port, srv.host};
  });
}

std::vector<ExchangerRecord> ParsedExchangers(std::span<const unsigned char> reply) {
  return Parsed<ExchangerRecord>(reply, &ares_parse_mx_reply, [](const ares_mx_reply& mx) {
    return ExchangerRecord{mx.priority, mx.host};
  });
}

template <typename Found>
asio::awaitable<void> Await(Lookup<Found>& lookup, std::chrono::steady_clock::time_point deadline) {
  if (lookup.done) co_return;
  lookup.wake.expires_at(deadline);
  std::error_code ignored;
  co_await lookup.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

template <typename Record>
asio::awaitable<Records<Record>> LookUp(
    asio::io_context& io, std::shared_ptr<CaresChannel> channel, std::string name, int type,
    std::vector<Record> (*parsed)(std::span<const unsigned char>),
    std::chrono::steady_clock::time_point deadline) {
  Records<Record> answer;
  if (!channel) {
    answer.fault = NotStartedFault();
    co_return answer;
  }
  const auto lookup = std::make_shared<Lookup<Record>>(io);
  channel->Query(name, type, [lookup, parsed](int status, std::span<const unsigned char> reply) {
    lookup->Finish(status, parsed(reply));
  });
  co_await Await(*lookup, deadline);
  if (!lookup->done) {
    answer.fault = {v1::FAILURE_DNS_NO_ANSWER, kNoAnswerInTime};
  } else if (lookup->status != ARES_SUCCESS) {
    answer.fault = FaultOfStatus(lookup->status);
    if (IsNoRecord(answer.fault)) answer.fault = {};
  }
  answer.records = std::move(lookup->found);
  co_return answer;
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
    resolution.fault = NotStartedFault();
    co_return resolution;
  }
  const auto lookup = std::make_shared<Lookup<asio::ip::address>>(io_);
  channel->GetAddrInfo(host, FamilyNumber(family),
                       [lookup](int status, const ares_addrinfo* result) {
                         lookup->Finish(status, AddressesOf(result));
                       });
  co_await Await(*lookup, deadline);
  if (!lookup->done) {
    resolution.fault = {v1::FAILURE_DNS_NO_ANSWER, kNoAnswerInTime};
  } else if (lookup->status != ARES_SUCCESS) {
    resolution.fault = FaultOfStatus(lookup->status);
  } else if (lookup->found.empty()) {
    resolution.fault = {v1::FAILURE_NO_ADDRESS, "the name has no address"};
  }
  resolution.addresses = std::move(lookup->found);
  co_return resolution;
}

asio::awaitable<Records<ServiceRecord>> CaresResolver::LookUpServices(
    std::string name, std::chrono::steady_clock::time_point deadline) {
  constexpr int kSrv = 33;
  co_return co_await LookUp(io_, CurrentChannel(), std::move(name), kSrv, &ParsedServices,
                            deadline);
}

asio::awaitable<Records<ExchangerRecord>> CaresResolver::LookUpExchangers(
    std::string domain, std::chrono::steady_clock::time_point deadline) {
  constexpr int kMx = 15;
  co_return co_await LookUp(io_, CurrentChannel(), std::move(domain), kMx, &ParsedExchangers,
                            deadline);
}

}  // namespace relaywatch::probe
