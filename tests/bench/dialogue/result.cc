#include "tests/bench/dialogue/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

namespace relaywatch::bench {

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

bool WantsJson(int argc, char** argv) {
  if (argc == 1) return false;
  const std::string_view form = argc == 3 && std::string_view(argv[1]) == "--output" ? argv[2] : "";
  if (form == "json" || form == "text") return form == "json";
  fmt::print(stderr, "usage: {} [--output text|json]\n", argv[0]);
  std::exit(2);
}

int Print(const std::vector<Result>& results, bool json) {
  auto array = nlohmann::json::array();
  for (const Result& r : results) {
    const auto optional = [](const std::optional<double>& number) {
      return number ? nlohmann::json(*number) : nlohmann::json(nullptr);
    };
    array.push_back({{"name", r.name},
                     {"value", r.value},
                     {"unit", r.unit},
                     {"reference", optional(r.reference)},
                     {"ratio", optional(r.ratio)},
                     {"mark", r.mark},
                     {"met", r.met}});
    if (json) continue;
    const std::string against = r.reference ? fmt::format(" against {:.4g} {}, ratio {:.3f}",
                                                          *r.reference, r.unit, *r.ratio)
                                            : "";
    fmt::print("{}: {:.4g} {}{} ({}: {})\n", r.name, r.value, r.unit, against, r.mark,
               r.met ? "met" : "MISSED");
  }
  if (json) fmt::print("{}\n", array.dump(2));
  return std::all_of(results.begin(), results.end(), [](const Result& r) { return r.met; }) ? 0 : 1;
}

}  // namespace relaywatch::bench
