#include "collector/detect/difference.h"

#include <fmt/format.h>

namespace relaywatch::collector::detect {

std::string JoinWithAnd(const std::vector<std::string>& parts) {
  if (parts.empty()) return {};
  if (parts.size() == 1) return parts.front();
  const std::vector<std::string> firsts(parts.begin(), parts.end() - 1);
  return fmt::format("{} and {}", fmt::join(firsts, ", "), parts.back());
}

std::string WithDetail(const Shown& shown) {
  return shown.detail.empty() ? std::string() : ": " + shown.detail;
}

bool IsRefusal(const std::string& value) { return value.starts_with("refused:"); }

std::string VerdictOf(const std::string& value) {
  if (!IsRefusal(value)) return {};
  const std::size_t begin = value.find(':') + 1;
  return value.substr(begin, value.find(':', begin) - begin);
}

std::string DescribeDifference(const Rule& old_rule, const Rule& new_rule, FacetMask facets,
                               const Surroundings& surroundings) {
  const Pair pair{old_rule, new_rule, Difference(old_rule, new_rule) & facets, surroundings};
  Phrases phrases;
  SayNetwork(pair, phrases);
  SayTls(pair, phrases);
  SayAuth(pair, phrases);
  SayRelay(pair, phrases);
  SayCertificate(pair, phrases);
  return fmt::format("{}", fmt::join(phrases, "; "));
}

std::string DescribeSet(const std::vector<RulePtr>& before, const std::vector<RulePtr>& after,
                        FacetMask facets, bool is_divided, const Surroundings& surroundings) {
  FacetMask different = 0;
  for (const RulePtr& rule : after) different |= Difference(*after.front(), *rule) & facets;
  if (different == 0) {
    return "answers are alike again: " + DescribeFacets(
                                             *after.front(),
                                             [&] {
                                               FacetMask were_different = 0;
                                               for (const RulePtr& rule : before) {
                                                 were_different |=
                                                     Difference(*after.front(), *rule) & facets;
                                               }
                                               return were_different;
                                             }(),
                                             surroundings);
  }
  Phrases members;
  for (const RulePtr& rule : after)
    members.push_back(DescribeFacets(*rule, different, surroundings));
  return fmt::format("answers differ from {} to the next: {}",
                     is_divided ? "one agent" : "one connection", fmt::join(members, " / "));
}

}  // namespace relaywatch::collector::detect
