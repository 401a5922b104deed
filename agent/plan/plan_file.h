// The last plan, kept on disk: an agent that starts while its collector is away goes on with it.
// Confined to the agent's thread.
#pragma once

#include <optional>
#include <string>

#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::agent {

class PlanFile {
 public:
  // `directory` is the agent's state directory; empty: nothing is kept, and nothing read.
  explicit PlanFile(const std::string& directory);

  // nullopt where there is none, or none that can be read, which the log says. What is read needs
  // the checks of a pushed plan.
  std::optional<v1::Plan> Read() const;

  // A plan that cannot be kept is only told in the log: the next start waits for the collector's.
  void Keep(const v1::Plan& plan);

 private:
  std::string file_;
  std::string kept_;  // what is in it, as far as known
};

}  // namespace relaywatch::agent
