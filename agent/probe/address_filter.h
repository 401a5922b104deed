// Which addresses may be connected to, asked after a name was resolved and before the first packet
// goes to what it resolved to: whoever owns a name decides where it leads. Thread-compatible.
#pragma once

#include <asio/ip/address.hpp>
#include <string>

namespace relaywatch::probe {

class AddressFilter {
 public:
  virtual ~AddressFilter() = default;

  // Why there must be no connection, in words that name the address; empty: there may be one.
  virtual std::string Refuse(const asio::ip::address& address) const = 0;
};

// An address that was not connected to.
struct ForbiddenAddress {
  std::string host;  // that led there
  std::string reason;

  bool operator==(const ForbiddenAddress&) const = default;
};

}  // namespace relaywatch::probe
