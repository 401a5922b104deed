// Shared by what measures the store.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "tests/bench/dialogue/result.h"

namespace relaywatch::bench {

inline constexpr int kReads = 9;

inline void Must(const absl::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "store benchmark: {}\n", std::string(status.message()));
  std::exit(1);
}

template <typename T>
T Must(absl::StatusOr<T> result) {
  Must(result.status());
  return *std::move(result);
}

template <typename Call>
double Milliseconds(Call call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

inline Result Line(std::string name, double value, std::string unit, double mark) {
  return {.name = "store, " + name,
          .value = value,
          .unit = std::move(unit),
          .mark = fmt::format("<= {}", mark),
          .met = value <= mark};
}

void DropFromCache(const std::string& file);

}  // namespace relaywatch::bench
