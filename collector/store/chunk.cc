#include "collector/store/chunk.h"

#include <fmt/format.h>

#include <algorithm>

#include "collector/store/timing_scale.h"
#include "collector/store/words.h"

namespace relaywatch::collector {
namespace {

constexpr std::uint64_t kWordLimit = kWordValues;
constexpr std::uint64_t kTwoWords = kWordLimit * kWordLimit;

using Values = std::array<std::uint64_t, kChunkRows>;

// Arithmetic modulo 2^64 throughout: sequence numbers and times are the peer's.
std::uint64_t OnLine(const Line& line, std::size_t i) {
  return static_cast<std::uint64_t>(line.base) + i * static_cast<std::uint64_t>(line.step);
}

// The line from the first value to the last, lowered until every value lies on or above it; turns
// the values into what they lie above, and returns with the line the highest of that.
struct Straight {
  Line line;
  std::uint64_t highest = 0;
};
Straight Straighten(std::span<std::uint64_t> values) {
  const auto rise = static_cast<std::int64_t>(values.back() - values[0]);
  const auto last = static_cast<std::int64_t>(values.size() - 1);
  Line line{static_cast<std::int64_t>(values[0]), last == 0 ? 0 : rise / last};
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] -= OnLine(line, i);
    lowest = std::min(lowest, static_cast<std::int64_t>(values[i]));
    highest = std::max(highest, static_cast<std::int64_t>(values[i]));
  }
  const auto lowered = static_cast<std::uint64_t>(lowest);
  for (std::uint64_t& value : values) value -= lowered;
  line.base = static_cast<std::int64_t>(static_cast<std::uint64_t>(line.base) + lowered);
  return {line, static_cast<std::uint64_t>(highest) - lowered};
}

template <typename ValueOf>
std::span<std::uint64_t> Collect(std::span<const FoldedRow> rows, Values& values,
                                 ValueOf value_of) {
  for (std::size_t i = 0; i < rows.size(); ++i) values[i] = value_of(rows[i]);
  return std::span(values).first(rows.size());
}
std::uint64_t TimeOf(const FoldedRow& row) { return static_cast<std::uint64_t>(row.time_ms); }
std::uint64_t SeqOf(const FoldedRow& row) { return row.seq; }

bool FitTogether(std::span<const FoldedRow> rows) {
  Values values;
  const auto [smallest, largest] = std::ranges::minmax(rows, {}, &FoldedRow::outcome);
  return largest.outcome - smallest.outcome < kTwoWords &&
         Straighten(Collect(rows, values, TimeOf)).highest < kTwoWords &&
         Straighten(Collect(rows, values, SeqOf)).highest < kTwoWords;
}

template <typename WordOf>
void PutColumn(PackedChunk& chunk, std::size_t column, WordOf word_of) {
  std::array<std::uint16_t, kChunkRows> words;
  unsigned any = 0;
  for (std::size_t i = 0; i < chunk.count; ++i) any |= words[i] = word_of(i);
  if (any == 0) return;
  AppendWords(std::span(words).first(chunk.count), chunk.bytes);
  chunk.columns |= 1U << column;
}

void PutTwoColumns(PackedChunk& chunk, std::size_t low, std::span<const std::uint64_t> values) {
  PutColumn(chunk, low,
            [&](std::size_t i) { return static_cast<std::uint16_t>(values[i] % kWordLimit); });
  PutColumn(chunk, low + 1,
            [&](std::size_t i) { return static_cast<std::uint16_t>(values[i] / kWordLimit); });
}

absl::Status Damaged(const Chunk& chunk, std::string_view what) {
  return absl::DataLossError(fmt::format("a chunk of series {}, epoch {}, from number {}: {}",
                                         chunk.series, chunk.epoch, chunk.seq.base, what));
}

absl::Status Check(const Chunk& chunk) {
  if (chunk.count < 1 || chunk.count > static_cast<std::int64_t>(kChunkRows)) {
    return Damaged(chunk, fmt::format("it cannot hold {} results", chunk.count));
  }
  const std::size_t bytes = WordBytes(static_cast<std::size_t>(chunk.count));
  for (std::size_t i = 0; i < kWordColumns; ++i) {
    if (!chunk.words[i].empty() && chunk.words[i].size() != bytes) {
      return Damaged(chunk, fmt::format("column {} has {} bytes in place of {}", i,
                                        chunk.words[i].size(), bytes));
    }
  }
  return absl::OkStatus();
}

// Calls use(i, word) for a column that is there.
template <typename Use>
void ForEachWord(const Chunk& chunk, std::size_t column, Use use) {
  const std::string_view blob = chunk.words[column];
  if (blob.empty()) return;
  for (std::size_t i = 0; i < static_cast<std::size_t>(chunk.count); ++i) use(i, WordAt(blob, i));
}

}  // namespace

Chunk PackedChunk::View() const {
  Chunk chunk{series, epoch, count, time, seq, outcome, {}};
  const std::size_t width = WordBytes(count);
  std::size_t at = 0;
  for (std::size_t i = 0; i < kWordColumns; ++i) {
    if ((columns >> i & 1) == 0) continue;
    chunk.words[i] = std::string_view(bytes).substr(at, width);
    at += width;
  }
  return chunk;
}

std::size_t FitIntoChunk(std::span<const FoldedRow> rows) {
  std::size_t count = std::min(rows.size(), kChunkRows);
  while (count > 1 && !FitTogether(rows.first(count))) count /= 2;
  return count;
}

PackedChunk EncodeChunk(std::int64_t series, std::int64_t epoch, std::span<const FoldedRow> rows) {
  PackedChunk chunk;
  chunk.series = series;
  chunk.epoch = epoch;
  chunk.count = static_cast<std::uint32_t>(rows.size());
  chunk.bytes.reserve(kWordColumns * WordBytes(rows.size()));
  Values memory;
  auto values = Collect(rows, memory, TimeOf);
  chunk.time = Straighten(values).line;
  PutTwoColumns(chunk, kTimeLow, values);
  values = Collect(rows, memory, SeqOf);
  chunk.seq = Straighten(values).line;
  PutTwoColumns(chunk, kSeqLow, values);
  const std::uint32_t smallest = std::ranges::min(rows, {}, &FoldedRow::outcome).outcome;
  chunk.outcome = smallest;
  values = Collect(rows, memory, [&](const FoldedRow& row) { return row.outcome - smallest; });
  PutTwoColumns(chunk, kOutcomeLow, values);
  PutColumn(chunk, kFlags, [&](std::size_t i) { return rows[i].flags; });
  for (std::size_t stage = 0; stage < kStageCount; ++stage) {
    PutColumn(chunk, kFirstStage + stage, [&](std::size_t i) { return rows[i].stages[stage]; });
  }
  chunk.bytes.shrink_to_fit();
  return chunk;
}

absl::Status DecodeChunk(const Chunk& chunk, std::vector<ResultRow>& rows) {
  if (auto sound = Check(chunk); !sound.ok()) return sound;
  const std::size_t begin = rows.size();
  rows.resize(begin + static_cast<std::size_t>(chunk.count));
  const auto added = std::span(rows).subspan(begin);
  for (std::size_t i = 0; i < added.size(); ++i) {
    ResultRow& row = added[i];
    row.epoch = chunk.epoch;
    row.series = chunk.series;
    row.seq = OnLine(chunk.seq, i);
    row.time_ms = static_cast<std::int64_t>(OnLine(chunk.time, i));
    row.outcome = chunk.outcome;
  }
  const auto each = [&](std::size_t column, auto use) {
    ForEachWord(chunk, column, [&](std::size_t i, std::uint16_t word) { use(added[i], word); });
  };
  constexpr auto kHigh = static_cast<std::int64_t>(kWordLimit);
  each(kTimeLow, [](ResultRow& row, std::uint16_t word) { row.time_ms += word; });
  each(kTimeHigh, [](ResultRow& row, std::uint16_t word) { row.time_ms += word * kHigh; });
  each(kSeqLow, [](ResultRow& row, std::uint16_t word) { row.seq += word; });
  each(kSeqHigh, [](ResultRow& row, std::uint16_t word) { row.seq += word * kWordLimit; });
  each(kOutcomeLow, [](ResultRow& row, std::uint16_t word) { row.outcome += word; });
  each(kOutcomeHigh, [](ResultRow& row, std::uint16_t word) { row.outcome += word * kHigh; });
  each(kFlags, [](ResultRow& row, std::uint16_t word) { row.flags = word; });
  for (std::size_t stage = 0; stage < kStageCount; ++stage) {
    each(kFirstStage + stage,
         [stage](ResultRow& row, std::uint16_t word) { row.stage_us[stage] = TimingOf(word); });
  }
  return absl::OkStatus();
}

}  // namespace relaywatch::collector
