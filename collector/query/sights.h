// What each agent at each place showed of one service within some minutes: what the comparison of
// places argues from. Pure but for what it reads through the inquiry.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/detect/compare.h"
#include "collector/query/inquiry.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

// One port of an endpoint, wherever it is probed from.
struct ServiceKey {
  std::string endpoint;
  std::uint32_t port = 0;
  v1::Protocol protocol = v1::PROTOCOL_UNSPECIFIED;

  auto operator<=>(const ServiceKey&) const = default;
};
ServiceKey ServiceOf(const SeriesKey& key);

struct Sight {
  std::string location;
  std::string agent;
  ResultRow newest;
  OutcomeBook::Entry outcome;  // of the newest
  detect::Rule rule;           // what the results show together, the newest facets counting
};

// Times as in ResultRow; `to_ms` is not included. Results that do not vote are not looked at. In
// the order of location and agent.
absl::StatusOr<std::vector<Sight>> SightsOf(const ServiceKey& service, std::int64_t from_ms,
                                            std::int64_t to_ms, const Inquiry& inquiry);

bool IsSeenFrom(const std::string& location, const std::vector<Sight>& sights);

// Why `subject` sees what it sees, or why it differs from `other` (empty: from anywhere). Where one
// of its agents alone differs, the cause is about that agent.
detect::Comparison Argue(const ServiceKey& service, const std::string& subject,
                         const std::vector<Sight>& sights);

// Which of two places is the odd one: where one agent alone differs; the one that fewer places
// agree with; where that does not tell, the one that a middlebox could have done something to.
const std::string& OddOf(const std::string& a, const std::string& b,
                         const std::vector<Sight>& sights);

// What it saw of these facets; of all that it knows where there are none.
v1::Witness WitnessOf(const Sight& sight, const ServiceKey& service, detect::FacetMask facets);
// The sights that these votes are of.
std::vector<v1::Witness> WitnessesOf(const std::vector<detect::Vote>& votes,
                                     const std::vector<Sight>& sights, const ServiceKey& service,
                                     detect::FacetMask facets);

}  // namespace relaywatch::collector
