// Turns what a probe saw into what is kept: facts normalised and bounded, path and outcome shared
// with the result before where they are the same, so that a long queue of unchanged answers stays
// small. Tells at once when a service answers otherwise than before.
//   probe::Report + service + location ─▶ SpooledResult
// Confined to the agent's thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/probe/probe.h"
#include "agent/schedule/service.h"
#include "agent/spool/spool.h"
#include "common/clock.h"

namespace relaywatch::agent {

// Bounds one outcome: a batch of one result must always fit into a message (wire limit 128 KiB).
inline constexpr std::size_t kMaxOutcomeBytes = 64 * 1024;

struct Recorded {
  SpooledResult result;
  bool changed = false;  // the service's outcome or location differs from the result before
};

class Recorder {
 public:
  Recorded Record(const Service& service, const std::string& location, const probe::Report& report);

  // Where the service was last probed from; "" before its first result.
  std::string LocationOf(const ServiceKey& key) const;

  // Forgets services that are no longer probed.
  void Keep(const std::vector<Service>& services);

 private:
  struct Last {
    std::shared_ptr<const v1::Path> path;
    std::shared_ptr<const std::string> outcome;
  };

  const std::uint64_t boot_id_ = BootId();
  std::map<ServiceKey, Last> last_;
};

// Cuts the longest parts (capability lines, certificate names) until the serialised facts fit, and
// notes it: a hostile server must not make a result that can never be delivered.
void BoundFacts(v1::Facts& facts, std::size_t max_bytes);

}  // namespace relaywatch::agent
