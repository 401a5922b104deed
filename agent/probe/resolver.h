// The seam for names. The real one is CaresResolver; tests have a fixed one.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "agent/probe/fault.h"
#include "agent/probe/probe.h"

namespace relaywatch::probe {

struct Resolution {
  std::vector<asio::ip::address> addresses;  // in the order of RFC 6724, without repetition
  Fault fault;  // NO_ADDRESS, DNS_NO_ANSWER or LOCAL; none where there is an address
};

class Resolver {
 public:
  virtual ~Resolver() = default;

  // The addresses of a DNS name (never asked for a literal). Answers by `deadline` at the latest.
  // The resolver must outlive the call. Confined to the thread of its io_context.
  virtual asio::awaitable<Resolution> Resolve(std::string host, AddressFamily family,
                                              std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace relaywatch::probe
