// Rules as the store keeps them: one line a facet (detect/rule.h), an empty line between the
// members of a pool. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/detect/rule.h"
#include "collector/detect/rule_book.h"

namespace relaywatch::collector {

std::string JoinRules(const std::vector<detect::RulePtr>& rules);
// nullopt where some of it is no rule, such as one with a facet of a later version.
std::optional<std::vector<detect::Rule>> SplitRules(std::string_view text);

// The pieces as text; none of an empty one.
std::vector<std::string_view> RulesOf(std::string_view text);

}  // namespace relaywatch::collector
