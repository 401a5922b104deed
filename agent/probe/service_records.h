// The seam for records that name a domain's services. The real one is CaresResolver; tests have a
// fixed one. RFC 2782 (SRV), RFC 5321 section 5.1 (MX).
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/probe/fault.h"

namespace relaywatch::probe {

// Targets without the dot at their end; a target that is the root alone (".") is empty: the service
// is decidedly not there.
struct ServiceRecord {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;
};
struct ExchangerRecord {
  std::uint16_t preference = 0;
  std::string host;
};

// No record and no fault: nobody published one.
template <typename Record>
struct Records {
  std::vector<Record> records;
  Fault fault;  // DNS_NO_ANSWER or LOCAL
};

class ServiceRecords {
 public:
  virtual ~ServiceRecords() = default;

  // `name`: "_submission._tcp.example.com". Both answer by `deadline` at the latest; the object
  // must outlive the call. Confined to the thread of its io_context.
  virtual asio::awaitable<Records<ServiceRecord>> LookUpServices(
      std::string name, std::chrono::steady_clock::time_point deadline) = 0;
  virtual asio::awaitable<Records<ExchangerRecord>> LookUpExchangers(
      std::string domain, std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace relaywatch::probe
