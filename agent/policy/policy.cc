#include "agent/policy/policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/policy/address_class.h"
#include "agent/policy/pattern.h"

namespace relaywatch::agent {
namespace {

bool IsWithin(std::string_view domain, std::string_view parent) {
  return domain == parent ||
         (domain.ends_with(parent) && domain[domain.size() - parent.size() - 1] == '.');
}

// RFC 2606 and RFC 6761: nobody has mailboxes there.
bool IsForTests(std::string_view domain) {
  constexpr std::string_view kReserved[] = {"example.com", "example.net", "example.org",
                                            "example",     "test",        "invalid"};
  return std::any_of(std::begin(kReserved), std::end(kReserved),
                     [&](std::string_view reserved) { return IsWithin(domain, reserved); });
}

// The host's own name, or one above it that is not a top-level domain.
bool IsDomainOf(std::string_view domain, std::string_view host) {
  return domain.find('.') != std::string_view::npos && IsWithin(host, domain);
}

}  // namespace

std::string Policy::RefusePort(std::uint16_t port) const {
  const auto holds = [port](PortRange range) { return port >= range.first && port <= range.last; };
  if (std::any_of(config_.ports.begin(), config_.ports.end(), holds)) return {};
  return fmt::format("port {} is not in the agent's policy.ports", port);
}

std::string Policy::RefuseHost(const std::string& host) const {
  if (config_.hosts.empty() || MatchesAny(config_.hosts, host)) return {};
  return fmt::format("{} is not in the agent's policy.hosts", host);
}

std::string Policy::Refuse(const asio::ip::address& address) const {
  const asio::ip::address plain = Unmapped(address);
  const AddressClass kind = ClassOf(plain);
  if (kind == AddressClass::kMulticast || kind == AddressClass::kUnspecified) {
    return fmt::format("{} is {}, which is never connected to", address.to_string(),
                       Describe(kind));
  }
  if (Allows(plain)) return {};
  return fmt::format("{} is {}, which is not in the agent's policy.networks", address.to_string(),
                     Describe(kind));
}

bool Policy::Allows(const asio::ip::address& address) const {
  if (ClassOf(address) == AddressClass::kMetadata) return ListsAlone(address);
  if (Lists(address)) return true;
  if (const auto embedded = EmbeddedIpv4(address)) return Allows(*embedded);
  return config_.public_networks && ClassOf(address) == AddressClass::kPublic;
}

bool Policy::Lists(const asio::ip::address& address) const {
  const std::string text = address.to_string();
  return std::any_of(config_.networks.begin(), config_.networks.end(),
                     [&](const Cidr& network) { return network.Contains(text); });
}

bool Policy::ListsAlone(const asio::ip::address& address) const {
  const std::string text = address.to_string();
  return std::any_of(config_.networks.begin(), config_.networks.end(), [&](const Cidr& network) {
    return network.IsOneAddress() && network.Contains(text);
  });
}

std::string Policy::RefuseMailAddress(const std::string& address, const std::string& host) const {
  if (!config_.recipients.empty()) {
    if (MatchesAny(config_.recipients, address)) return {};
    return fmt::format("{} is not in the agent's policy.recipients", address);
  }
  const std::string domain = Lower(address.substr(address.rfind('@') + 1));
  if (IsForTests(domain) || IsDomainOf(domain, Lower(host))) return {};
  return fmt::format(
      "{} is of another domain than {}, and the agent's policy.recipients lists none", address,
      host);
}

}  // namespace relaywatch::agent
