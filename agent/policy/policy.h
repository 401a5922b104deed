// What this host allows, whatever the collector asks for: `policy` of agent.yaml. The plan says
// what is wanted, the policy what may happen; where they disagree the policy wins, and the
// collector is told. So a collector in a stranger's hands cannot make agents scan the networks they
// stand in.
//
// Every list replaces its default as a whole:
//   ports       the ports of mail: 25, 110, 143, 465, 587, 993, 995, 2525
//   hosts       any name; "*" in a pattern stands for anything, dots included
//   networks    [public]; the word stands for all addresses of class kPublic. A metadata service is
//               listed by its own address or not at all; multicast and unspecified addresses never
//   recipients  addresses of MAIL and RCPT, as patterns. Default: the domains that RFC 2606 keeps
//   for
//               tests, and those that the host being probed is itself in (smtp.example.com: its own
//               and example.com), so a plan cannot try out a stranger's addresses
// Values; thread-compatible.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/probe/address_filter.h"
#include "common/syntax.h"

namespace relaywatch::agent {

struct PortRange {
  constexpr PortRange(std::uint16_t only) : first(only), last(only) {}
  constexpr PortRange(std::uint16_t from, std::uint16_t to) : first(from), last(to) {}

  std::uint16_t first;
  std::uint16_t last;
};

struct PolicyConfig {
  std::vector<PortRange> ports{25, 110, 143, 465, 587, 993, 995, 2525};
  std::vector<std::string> hosts;  // patterns; empty: any
  std::vector<Cidr> networks;      // besides the public ones, where those are allowed
  bool public_networks = true;
  std::vector<std::string> recipients;  // patterns; empty: the default above
  std::chrono::milliseconds min_interval{5'000};
  unsigned max_probes_per_minute = 0;  // 0: no bound besides the compiled-in ones
};

class Policy final : public probe::AddressFilter {
 public:
  explicit Policy(PolicyConfig config = {}) : config_(std::move(config)) {}

  // Each says why not, in words that name what was asked for and the key of the policy; empty: it
  // may be.
  std::string RefusePort(std::uint16_t port) const;
  std::string RefuseHost(const std::string& host) const;
  std::string Refuse(const asio::ip::address& address) const override;
  // In a dialogue with `host`.
  std::string RefuseMailAddress(const std::string& address, const std::string& host) const;

  std::chrono::milliseconds min_interval() const { return config_.min_interval; }
  unsigned max_probes_per_minute() const { return config_.max_probes_per_minute; }

 private:
  bool Lists(const asio::ip::address& address) const;
  bool ListsAlone(const asio::ip::address& address) const;
  bool Allows(const asio::ip::address& address) const;

  PolicyConfig config_;
};

}  // namespace relaywatch::agent
