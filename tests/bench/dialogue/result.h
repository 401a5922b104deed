// What a benchmark says: one line for people, or one JSON array for the table of all benchmarks.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace relaywatch::bench {

struct Result {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> reference;  // measured in the same run, same unit
  std::optional<double> ratio;      // value / reference
  std::string mark;                 // "ratio <= 1.0"
  bool met = false;
};

// The middle one; of an even number the upper middle. Not of none.
double Median(std::vector<double> values);

// True where the arguments are `--output json`, false where they are none or `--output text`; ends
// the program with 2 otherwise.
bool WantsJson(int argc, char** argv);

// To standard output. The exit code: 0 where every mark is met, else 1.
int Print(const std::vector<Result>& results, bool json);

}  // namespace relaywatch::bench
