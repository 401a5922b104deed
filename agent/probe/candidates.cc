#include "agent/probe/candidates.h"

#include <algorithm>

namespace relaywatch::probe {

SourceChoice ChooseSource(const std::string& source, AddressFamily family) {
  if (source.empty()) return {.address = std::nullopt, .family = family, .fault = {}};
  const std::optional<asio::ip::address> address = ParseLiteral(source);
  if (!address) {
    return {.address = std::nullopt,
            .family = family,
            .fault = {v1::FAILURE_LOCAL, "source address: not an address: " + source}};
  }
  if (!IsOfFamily(*address, family)) {
    return {.address = address,
            .family = family,
            .fault = {v1::FAILURE_LOCAL, "source address: not of the family asked for: " + source}};
  }
  return {.address = address,
          .family = address->is_v4() ? AddressFamily::kIpv4 : AddressFamily::kIpv6,
          .fault = {}};
}

std::optional<asio::ip::address> ParseLiteral(const std::string& host) {
  std::error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error) return std::nullopt;
  return address;
}

bool IsOfFamily(const asio::ip::address& address, AddressFamily family) {
  return family == AddressFamily::kAny || address.is_v4() == (family == AddressFamily::kIpv4);
}

std::vector<asio::ip::address> ChooseAddresses(const std::vector<asio::ip::address>& resolved,
                                               Addresses which) {
  constexpr std::size_t kMaxAddresses = 16;  // whatever a name server makes up
  if (which == Addresses::kAll) {
    return {resolved.begin(), resolved.begin() + std::min(resolved.size(), kMaxAddresses)};
  }
  if (resolved.size() < 2) return resolved;
  const auto other = std::find_if(resolved.begin() + 1, resolved.end(), [&](const auto& address) {
    return address.is_v4() != resolved.front().is_v4();
  });
  return {resolved.front(), other == resolved.end() ? resolved[1] : *other};
}

}  // namespace relaywatch::probe
