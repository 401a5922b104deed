// Names through c-ares on the probes' own event loop: no thread, no blocking call. Reads the
// system's hosts file and resolver configuration, the latter again when it has changed (a laptop
// that moved). Confined to the thread of its io_context. RFC 6724 (order of addresses), RFC 2782
// (SRV), RFC 1035 (MX).
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <string>

#include "agent/probe/resolver.h"
#include "agent/probe/service_records.h"

namespace relaywatch::probe {

class CaresChannel;

class CaresResolver final : public Resolver, public ServiceRecords {
 public:
  // `servers`: "ADDRESS[:PORT],..." instead of the system's; empty: the system's.
  explicit CaresResolver(asio::io_context& io, std::string servers = {});
  ~CaresResolver() override;

  // Fails with NO_ADDRESS (the name has none), DNS_NO_ANSWER (nobody could tell) or LOCAL.
  asio::awaitable<Resolution> Resolve(std::string host, AddressFamily family,
                                      std::chrono::steady_clock::time_point deadline) override;
  asio::awaitable<Records<ServiceRecord>> LookUpServices(
      std::string name, std::chrono::steady_clock::time_point deadline) override;
  asio::awaitable<Records<ExchangerRecord>> LookUpExchangers(
      std::string domain, std::chrono::steady_clock::time_point deadline) override;

 private:
  std::shared_ptr<CaresChannel> CurrentChannel();

  asio::io_context& io_;
  const std::string servers_;
  std::shared_ptr<CaresChannel> channel_;
  std::string configuration_;  // identifies the version of resolv.conf that channel_ has read
};

}  // namespace relaywatch::probe
