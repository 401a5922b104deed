#include "collector/detect/rule_book.h"

#include <algorithm>
#include <utility>

namespace relaywatch::collector::detect {

RulePtr RuleBook::Intern(Rule rule) {
  std::string text = Format(rule);
  const auto known = rules_.find(text);
  if (known != rules_.end()) return known->second;
  if (rules_.size() >= purge_at_) Purge();
  auto interned = std::make_shared<const Rule>(std::move(rule));
  rules_.emplace(std::move(text), interned);
  return interned;
}

void RuleBook::Purge() {
  constexpr std::size_t kLeast = 1024;
  std::erase_if(rules_, [](const auto& entry) { return entry.second.use_count() == 1; });
  purge_at_ = std::max(kLeast, rules_.size() * 2);
}

}  // namespace relaywatch::collector::detect
