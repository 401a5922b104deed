#include "collector/config/location_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/interface_kinds.h"
#include "common/syntax.h"

namespace relaywatch::collector {
namespace {

constexpr std::size_t kMaxGlob = 64;  // as the agents take

std::string ReadNetwork(yaml::Map& match, std::string_view key) {
  std::string cidr = match.String(key);
  if (!cidr.empty() && !Cidr::Parse(cidr)) {
    match.Complain(key, fmt::format("\"{}\" is not a network such as 10.0.0.0/8", cidr));
  }
  return cidr;
}

std::string ReadInterface(yaml::Map& match) {
  std::string glob = match.String("interface");
  if (glob.size() > kMaxGlob) match.Complain("interface", "is longer than a name can be");
  return glob;
}

std::string ReadInterfaceKind(yaml::Map& match) {
  std::string kind = match.String("interface_kind");
  if (!kind.empty() && !IsInterfaceKind(kind)) {
    match.Complain("interface_kind",
                   fmt::format("\"{}\" is not one of {}", kind, fmt::join(kInterfaceKinds, ", ")));
  }
  return kind;
}

std::string ReadDnsSuffix(yaml::Map& match) {
  std::string suffix = match.String("dns_suffix");
  const std::string_view name = std::string_view(suffix).substr(suffix.starts_with('.') ? 1 : 0);
  if (!suffix.empty() && (!IsHost(name) || IsAddress(name))) {
    match.Complain("dns_suffix", fmt::format("\"{}\" is not a domain", suffix));
  }
  return suffix;
}

bool HasCondition(const v1::LocationRule& rule) {
  return !rule.declared().empty() || !rule.address().empty() || !rule.interface().empty() ||
         !rule.interface_kind().empty() || !rule.gateway().empty() || !rule.dns_suffix().empty();
}

void ReadMatch(yaml::Map& location, v1::LocationRule& rule) {
  auto match = location.Child("match");
  if (!match) {
    location.Complain("", "the key \"match\" is missing");
    return;
  }
  rule.set_declared(match->String("declared"));
  rule.set_always(match->Bool("always", false));
  rule.set_address(ReadNetwork(*match, "address"));
  rule.set_interface(ReadInterface(*match));
  rule.set_interface_kind(ReadInterfaceKind(*match));
  rule.set_gateway(ReadNetwork(*match, "gateway"));
  rule.set_dns_suffix(ReadDnsSuffix(*match));
  if (!rule.always() && !HasCondition(rule)) {
    match->Complain("",
                    "needs a condition: declared, address, interface, interface_kind, gateway, "
                    "dns_suffix or always: true");
  }
  match->RejectOthers();
}

std::string ReadLocationName(yaml::Map& location) {
  std::string name = location.RequiredString("name");
  if (!name.empty() && !IsLabelName(name)) {
    location.Complain("name", fmt::format("\"{}\" is not a name (letters, digits, \".\", \"_\", "
                                          "\"-\", at most 63)",
                                          name));
  }
  if (name == "default" || name == "unknown") {
    location.Complain("name", fmt::format("\"{}\" is reserved", name));
  }
  return name;
}

}  // namespace

// Several rules may lead to one name (an office with two networks), so names may repeat here.
std::set<std::string> ReadLocations(yaml::Map& root, v1::Plan& plan) {
  std::set<std::string> names;
  for (yaml::Map& location : root.Children("locations")) {
    const std::string name = ReadLocationName(location);
    const bool is_last_resort = !plan.locations().empty() && plan.locations().rbegin()->always() &&
                                !HasCondition(*plan.locations().rbegin());
    if (is_last_resort)
      location.Complain("", "is never reached: the rule before it always matches");
    v1::LocationRule& rule = *plan.add_locations();
    rule.set_name(name);
    ReadMatch(location, rule);
    location.RejectOthers();
    names.insert(name);
  }
  return names;
}

}  // namespace relaywatch::collector
