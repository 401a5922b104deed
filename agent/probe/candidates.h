// Which of a name's addresses a probe connects to. Pure; thread-safe.
#pragma once

#include <asio/ip/address.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/probe/fault.h"
#include "agent/probe/probe.h"

namespace relaywatch::probe {

// The local address to bind and the family it leaves to the target. LOCAL where `source` is no
// address or contradicts the family that was asked for.
struct SourceChoice {
  std::optional<asio::ip::address> address;
  AddressFamily family = AddressFamily::kAny;
  Fault fault;
};
SourceChoice ChooseSource(const std::string& source, AddressFamily family);

// The address that `host` is a literal of; nullopt for a name.
std::optional<asio::ip::address> ParseLiteral(const std::string& host);
bool IsOfFamily(const asio::ip::address& address, AddressFamily family);

// kAll: every one, up to a ceiling, each a probe by itself. kFirstThatConnects: the first, and as
// the one to fall back on the first of the other family, so that a broken IPv6 path does not hide a
// working server (as RFC 8305 does), else the next.
std::vector<asio::ip::address> ChooseAddresses(const std::vector<asio::ip::address>& resolved,
                                               Addresses which);

}  // namespace relaywatch::probe
