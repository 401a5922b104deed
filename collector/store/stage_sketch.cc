#include "collector/store/stage_sketch.h"

#include <algorithm>
#include <array>
#include <limits>

#include "collector/store/varint.h"

namespace relaywatch::collector {
namespace {

// As many as it takes to hold any 32-bit number.
constexpr std::size_t kCells = 116;

// The smallest value of each cell: 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22 …
constexpr std::array<std::uint64_t, kCells + 1> MakeBounds() {
  std::array<std::uint64_t, kCells + 1> bounds{};
  std::uint64_t bound = 1;
  for (std::uint64_t& each : bounds) {
    each = bound;
    bound = std::max(bound + 1, (bound * 6 + 4) / 5);
  }
  return bounds;
}
constexpr auto kBounds = MakeBounds();
static_assert(kBounds.back() > std::numeric_limits<std::uint32_t>::max());

std::uint32_t IndexOf(std::uint32_t microseconds) {
  const auto above = std::upper_bound(kBounds.begin(), kBounds.end(), microseconds);
  return static_cast<std::uint32_t>(above - kBounds.begin() - 1);
}

// The value from which both ends of the cell are, in proportion, equally far.
std::uint32_t MiddleOf(std::uint32_t index) {
  const auto low = static_cast<double>(kBounds[index]);
  const auto high = static_cast<double>(
      std::min<std::uint64_t>(kBounds[index + 1] - 1, std::numeric_limits<std::uint32_t>::max()));
  return static_cast<std::uint32_t>(2 * low * high / (low + high) + 0.5);
}

std::uint32_t Saturated(std::uint64_t count) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(count, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

void StageSketch::Add(std::uint32_t microseconds) {
  if (microseconds != 0) AddTo(IndexOf(microseconds), 1);
}

void StageSketch::AddTo(std::uint32_t index, std::uint32_t count) {
  auto cell = std::lower_bound(cells_.begin(), cells_.end(), index,
                               [](const Cell& each, std::uint32_t i) { return each.index < i; });
  if (cell == cells_.end() || cell->index != index) cell = cells_.insert(cell, {index, 0});
  const std::uint32_t before = cell->count;
  cell->count = Saturated(std::uint64_t{before} + count);
  count_ += cell->count - before;
}

void StageSketch::Merge(const StageSketch& other) {
  for (const Cell& cell : other.cells_) AddTo(cell.index, cell.count);
}

void StageSketch::Clear() {
  cells_.clear();
  count_ = 0;
}

std::uint32_t StageSketch::Quantile(double q) const {
  if (empty()) return 0;
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_ - 1);
  std::uint64_t below = 0;
  for (const Cell& cell : cells_) {
    below += cell.count;
    if (static_cast<double>(below) > rank) return MiddleOf(cell.index);
  }
  return MiddleOf(cells_.back().index);
}

void StageSketch::AppendTo(std::string& bytes) const {
  AppendVarint(cells_.size(), bytes);
  std::uint32_t last = 0;
  for (const Cell& cell : cells_) {
    AppendVarint(cell.index - last, bytes);
    AppendVarint(cell.count, bytes);
    last = cell.index;
  }
}

bool StageSketch::AddFrom(std::string_view& bytes) {
  const auto cells = TakeVarint(bytes);
  if (!cells || *cells > kCells) return false;
  std::uint64_t index = 0;
  for (std::uint64_t i = 0; i < *cells; ++i) {
    const auto step = TakeVarint(bytes);
    const auto count = TakeVarint(bytes);
    const bool sound = step && count && *step < kCells && (*step > 0 || i == 0) && *count > 0 &&
                       *count <= std::numeric_limits<std::uint32_t>::max();
    if (!sound) return false;
    index += *step;
    if (index >= kCells) return false;
    AddTo(static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(*count));
  }
  return true;
}

}  // namespace relaywatch::collector
