// Pairs of rules, written as Format writes them with blanks instead of line ends where that is
// shorter, and what their difference is called.
#pragma once

#include <span>
#include <string_view>

namespace relaywatch::collector::detect {

struct DifferenceCase {
  std::string_view before;  // facets as "name=value", separated by ';'
  std::string_view after;
  std::string_view kinds;
  std::string_view words;
};

std::span<const DifferenceCase> DifferenceCases();

}  // namespace relaywatch::collector::detect
