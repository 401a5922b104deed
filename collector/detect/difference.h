// The difference of two rules in words, for people who run mail: "LOGIN no longer offered after
// STARTTLS", "foreign recipients now refused without login: 554 5.7.1", "port 25 blocked; 465 and
// 587 answer". Facets that one of the two does not know are no difference. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/detect/rule.h"
#include "collector/detect/rule_book.h"

namespace relaywatch::collector::detect {

struct Surroundings {
  std::uint32_t port = 0;
  std::vector<std::uint32_t> answering_ports;  // others of the same endpoint, from the same place
  std::string protocol = "SMTP";
};

// "; " between what differs; empty where nothing does.
std::string DescribeDifference(const Rule& old_rule, const Rule& new_rule, FacetMask facets,
                               const Surroundings& surroundings);

// One facet as it is, not as it became: "STARTTLS is offered", "foreign recipients are refused
// without login (554 5.7.1)". Empty where it is unknown.
std::string DescribeFacet(const Rule& rule, Facet facet, const Surroundings& surroundings);
// The same for several, joined by ", ".
std::string DescribeFacets(const Rule& rule, FacetMask facets, const Surroundings& surroundings);

// A pool: what its members differ in, and how ("… from some, … from others").
std::string DescribeSet(const std::vector<RulePtr>& before, const std::vector<RulePtr>& after,
                        FacetMask facets, bool is_divided, const Surroundings& surroundings);

// "465 and 587", "25, 465 and 587".
std::string JoinWithAnd(const std::vector<std::string>& parts);

// Pieces, each of difference_*.cc: what is said of one group of facets; appended to `phrases`.
struct Pair {
  const Rule& before;
  const Rule& after;
  FacetMask different;
  const Surroundings& surroundings;

  bool Differs(Facet facet) const { return (different & Bit(facet)) != 0; }
};
using Phrases = std::vector<std::string>;
void SayNetwork(const Pair& pair, Phrases& phrases);  // reach, admission, middlebox
void SayTls(const Pair& pair, Phrases& phrases);
void SayAuth(const Pair& pair, Phrases& phrases);  // offers, blind AUTH, login
void SayRelay(const Pair& pair, Phrases& phrases);
void SayCertificate(const Pair& pair, Phrases& phrases);

// "TLS 1.3" for "TLSv1.3".
std::string TlsVersionInWords(const std::string& version);
// ": 554 5.7.1", or nothing.
std::string WithDetail(const Shown& shown);
// "relay_denied" out of "refused:relay_denied:5"; empty for anything else.
std::string VerdictOf(const std::string& value);
bool IsRefusal(const std::string& value);

}  // namespace relaywatch::collector::detect
