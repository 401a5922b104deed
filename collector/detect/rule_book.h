// Each distinct rule once: a fleet of a hundred thousand keys knows a few hundred rules. What
// nobody holds any more goes by itself, now and then. Confined to its detector's thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include "collector/detect/rule.h"

namespace relaywatch::collector::detect {

using RulePtr = std::shared_ptr<const Rule>;

class RuleBook {
 public:
  RulePtr Intern(Rule rule);
  std::size_t size() const { return rules_.size(); }

 private:
  void Purge();

  std::unordered_map<std::string, RulePtr> rules_;
  std::size_t purge_at_ = 1024;
};

}  // namespace relaywatch::collector::detect
