// The location rules of a plan, checked, in order: the first one whose conditions all hold names
// the place. Pure; thread-compatible.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/syntax.h"
#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::agent {

// What is known of the way to one server; empty where it is not known, and then no condition on it
// holds.
struct Surroundings {
  std::string declared;                   // the agent's own word, from its configuration
  std::string local_address;              // our end of the connection
  std::string interface;                  // of the route to the server
  std::string interface_kind;             // one of kInterfaceKinds
  std::string gateway;                    // of that route
  std::vector<std::string> dns_suffixes;  // the host's domain and search list
};

inline constexpr char kUnknownLocation[] = "unknown";

class LocationRules {
 public:
  // InvalidArgument for a rule without a condition, with a name that is none, or with a network
  // that cannot be read; the rule is then not added.
  absl::Status Add(const v1::LocationRule& rule);

  // What Match looks at, for callers to whom finding out costs something.
  bool AsksForWay() const { return asks_for_way_; }  // interface, gateway, our address
  bool AsksForDnsSuffix() const { return asks_for_dns_suffix_; }

  // The name of the first rule that holds; "unknown" where none does.
  std::string Match(const Surroundings& surroundings) const;

 private:
  struct Rule {
    std::string name;
    std::string declared;
    std::string interface;  // glob, fnmatch(3)
    std::string interface_kind;
    std::string dns_suffix;  // lower case, without a dot at either end
    std::optional<Cidr> address;
    std::optional<Cidr> gateway;
  };
  static bool Holds(const Rule& rule, const Surroundings& surroundings);

  std::vector<Rule> rules_;
  bool asks_for_way_ = false;
  bool asks_for_dns_suffix_ = false;
};

}  // namespace relaywatch::agent
