// How long a stage took, many times over, in little space: a histogram whose bounds grow by a
// fifth, so that any two can be added up and a quantile is off by a tenth (or a microsecond) at
// most. Bounds are integers and the same for ever: what is stored today is added to what is
// measured in two years.
//
// Thread-compatible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"

namespace relaywatch::collector {

class StageSketch {
 public:
  // A stage that took no time did not run: 0 is not counted.
  void Add(std::uint32_t microseconds);
  void Merge(const StageSketch& other);
  // Keeps the memory for the next one.
  void Clear();

  bool empty() const { return count_ == 0; }
  std::uint64_t count() const { return count_; }
  // Microseconds below which the share `q` (0 to 1) of all lies; 0 where there are none.
  std::uint32_t Quantile(double q) const;

  // Appends the bytes of this one: a varint each for how many cells follow, then for each cell its
  // distance from the one before and its count.
  void AppendTo(std::string& bytes) const;
  // Takes a sketch off the front of `bytes` and adds it to this one. False where there is none:
  // this one may then have a part of it.
  bool AddFrom(std::string_view& bytes);

  bool operator==(const StageSketch&) const = default;

 private:
  struct Cell {
    std::uint32_t index = 0;  // into the bounds
    std::uint32_t count = 0;
    bool operator==(const Cell&) const = default;
  };
  void AddTo(std::uint32_t index, std::uint32_t count);

  // By index, none of them empty. Five minutes of one series seldom fill more than these.
  absl::InlinedVector<Cell, 6> cells_;
  std::uint64_t count_ = 0;
};

}  // namespace relaywatch::collector
