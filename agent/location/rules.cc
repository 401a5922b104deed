#include "agent/location/rules.h"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "common/interface_kinds.h"

namespace relaywatch::agent {
namespace {

constexpr std::size_t kMaxGlob = 64;  // longer than any interface's name; fnmatch is not linear

// Domains are compared as DNS does: without case and without the root's dot.
std::string CanonicalDomain(std::string_view domain) {
  while (domain.starts_with('.')) domain.remove_prefix(1);
  while (domain.ends_with('.')) domain.remove_suffix(1);
  std::string canonical(domain);
  std::transform(canonical.begin(), canonical.end(), canonical.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return canonical;
}

// corp.example.com is within example.com; badexample.com is not.
bool IsWithin(const std::string& domain, const std::string& suffix) {
  if (!domain.ends_with(suffix)) return false;
  return domain.size() == suffix.size() || domain[domain.size() - suffix.size() - 1] == '.';
}

absl::Status Bad(const char* what) { return absl::InvalidArgumentError(what); }

absl::Status ReadNetwork(const std::string& text, std::optional<Cidr>& network) {
  if (text.empty()) return absl::OkStatus();
  network = Cidr::Parse(text);
  return network ? absl::OkStatus() : Bad("a condition names no network such as 10.0.0.0/8");
}

}  // namespace

absl::Status LocationRules::Add(const v1::LocationRule& from) {
  if (!IsLabelName(from.name())) return Bad("the name is none");
  if (from.name() == kUnknownLocation || from.name() == "default")
    return Bad("the name is reserved");
  if (from.interface().size() > kMaxGlob) return Bad("the interface is longer than a name can be");
  if (!from.interface_kind().empty() && !IsInterfaceKind(from.interface_kind())) {
    return Bad("there is no such kind of interface");
  }
  Rule rule{.name = from.name(),
            .declared = from.declared(),
            .interface = from.interface(),
            .interface_kind = from.interface_kind(),
            .dns_suffix = CanonicalDomain(from.dns_suffix()),
            .address = {},
            .gateway = {}};
  if (auto read = ReadNetwork(from.address(), rule.address); !read.ok()) return read;
  if (auto read = ReadNetwork(from.gateway(), rule.gateway); !read.ok()) return read;
  const bool conditional = !rule.declared.empty() || !rule.interface.empty() ||
                           !rule.interface_kind.empty() || !rule.dns_suffix.empty() ||
                           rule.address || rule.gateway;
  if (!conditional && !from.always()) return Bad("the rule has no condition");
  asks_for_way_ = asks_for_way_ || !rule.interface.empty() || !rule.interface_kind.empty() ||
                  rule.gateway || rule.address;
  asks_for_dns_suffix_ = asks_for_dns_suffix_ || !rule.dns_suffix.empty();
  rules_.push_back(std::move(rule));
  return absl::OkStatus();
}

std::string LocationRules::Match(const Surroundings& surroundings) const {
  for (const Rule& rule : rules_) {
    if (Holds(rule, surroundings)) return rule.name;
  }
  return kUnknownLocation;
}

bool LocationRules::Holds(const Rule& rule, const Surroundings& at) {
  if (!rule.declared.empty() && rule.declared != at.declared) return false;
  if (rule.address && !rule.address->Contains(at.local_address)) return false;
  if (!rule.interface_kind.empty() && rule.interface_kind != at.interface_kind) return false;
  if (rule.gateway && !rule.gateway->Contains(at.gateway)) return false;
  if (!rule.interface.empty() &&
      (at.interface.empty() || fnmatch(rule.interface.c_str(), at.interface.c_str(), 0) != 0)) {
    return false;
  }
  return rule.dns_suffix.empty() ||
         std::any_of(at.dns_suffixes.begin(), at.dns_suffixes.end(), [&](const auto& domain) {
           return IsWithin(CanonicalDomain(domain), rule.dns_suffix);
         });
}

}  // namespace relaywatch::agent
