// Pairs of rules and what their difference is called.
#pragma once

#include <span>
#include <string_view>

namespace relaywatch::collector::detect {

struct DifferenceCase {
  std::string_view before;  // as Format writes it, with ';' for line ends
  std::string_view after;
  std::string_view kinds;
  std::string_view words;
};

std::span<const DifferenceCase> DifferenceCases();

}  // namespace relaywatch::collector::detect
