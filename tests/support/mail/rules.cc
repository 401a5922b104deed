#include "tests/support/mail/rules.h"

#include <algorithm>
#include <array>
#include <asio/ip/network_v4.hpp>
#include <asio/ip/network_v6.hpp>
#include <utility>

namespace relaywatch::support {
namespace {

using std::literals::operator""sv;

template <typename Enum, std::size_t n>
std::optional<Enum> Named(const std::array<std::pair<std::string_view, Enum>, n>& table,
                          std::string_view name) {
  const auto found = std::ranges::find(table, name, &std::pair<std::string_view, Enum>::first);
  if (found == table.end()) return std::nullopt;
  return found->second;
}

constexpr std::array kSteps = {
    std::pair{"banner"sv, Step::kBanner},     std::pair{"ehlo"sv, Step::kEhlo},
    std::pair{"starttls"sv, Step::kStarttls}, std::pair{"tls"sv, Step::kTls},
    std::pair{"auth"sv, Step::kAuth},         std::pair{"mail"sv, Step::kMail},
    std::pair{"rcpt"sv, Step::kRcpt},         std::pair{"rset"sv, Step::kRset},
    std::pair{"quit"sv, Step::kQuit},
};

constexpr std::array kFaultKinds = {
    std::pair{"delay"sv, FaultKind::kDelay},
    std::pair{"close"sv, FaultKind::kClose},
    std::pair{"reset"sv, FaultKind::kReset},
    std::pair{"garbage"sv, FaultKind::kGarbage},
    std::pair{"tarpit"sv, FaultKind::kTarpit},
    std::pair{"reply"sv, FaultKind::kReply},
    std::pair{"byte_by_byte"sv, FaultKind::kByteByByte},
    std::pair{"smuggle"sv, FaultKind::kSmuggle},
};

bool Contains(const std::string& network, const asio::ip::address_v4& address) {
  std::error_code error;
  const auto parsed = asio::ip::make_network_v4(network, error);
  return !error &&
         asio::ip::network_v4(address, parsed.prefix_length()).canonical() == parsed.canonical();
}

bool Contains(const std::string& network, const asio::ip::address_v6& address) {
  std::error_code error;
  const auto parsed = asio::ip::make_network_v6(network, error);
  return !error &&
         asio::ip::network_v6(address, parsed.prefix_length()).canonical() == parsed.canonical();
}

}  // namespace

bool Rule::Matches(const asio::ip::address& from, std::uint16_t at) const {
  if (port != 0 && port != at) return false;
  return from.is_v4() ? Contains(client, from.to_v4()) : Contains(client, from.to_v6());
}

const Fault* Rule::FaultAt(Step step) const {
  const auto found = std::ranges::find(faults, step, &Fault::at);
  return found == faults.end() ? nullptr : &*found;
}

const Rule* FirstMatch(const std::vector<Rule>& rules, const asio::ip::address& from,
                       std::uint16_t at) {
  const auto matches = [&](const Rule& rule) { return rule.Matches(from, at); };
  const auto found = std::ranges::find_if(rules, matches);
  return found == rules.end() ? nullptr : &*found;
}

bool IsNetwork(const std::string& network) {
  std::error_code v4;
  std::error_code v6;
  asio::ip::make_network_v4(network, v4);
  asio::ip::make_network_v6(network, v6);
  return !v4 || !v6;
}

std::optional<Step> StepNamed(std::string_view name) { return Named(kSteps, name); }

std::optional<FaultKind> FaultKindNamed(std::string_view name) { return Named(kFaultKinds, name); }

}  // namespace relaywatch::support
