#include "collector/watch/rule_text.h"

#include <utility>

namespace relaywatch::collector {
namespace {

constexpr std::string_view kBetween = "\n\n";

// Without the line break at its end, if it has one.
std::string_view Trimmed(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string JoinRules(const std::vector<detect::RulePtr>& rules) {
  std::string text;
  for (const detect::RulePtr& rule : rules) {
    if (!text.empty()) text += kBetween;
    text += Trimmed(detect::Format(*rule));
  }
  return text;
}

std::vector<std::string_view> RulesOf(std::string_view text) {
  std::vector<std::string_view> rules;
  while (!text.empty()) {
    const std::size_t end = text.find(kBetween);
    rules.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? "" : text.substr(end + kBetween.size());
  }
  return rules;
}

std::optional<std::vector<detect::Rule>> SplitRules(std::string_view text) {
  std::vector<detect::Rule> rules;
  for (const std::string_view piece : RulesOf(text)) {
    auto rule = detect::ParseRule(piece);
    if (!rule) return std::nullopt;
    rules.push_back(*std::move(rule));
  }
  return rules;
}

}  // namespace relaywatch::collector
