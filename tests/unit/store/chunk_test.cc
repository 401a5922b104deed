// The codec of history: what goes in comes out, at every boundary, and nothing else is read.
#include "collector/store/chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "collector/store/timing_scale.h"
#include "collector/store/words.h"

namespace relaywatch::collector {
namespace {

constexpr std::int64_t kMorning = 1'790'000'000'000;
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

FoldedRow Row(std::int64_t time_ms, std::uint64_t seq) {
  FoldedRow row;
  row.time_ms = time_ms;
  row.seq = seq;
  row.outcome = 7;
  row.stages[1] = 1200;
  return row;
}

std::vector<FoldedRow> EveryMinute(std::size_t count) {
  std::vector<FoldedRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back(Row(kMorning + static_cast<std::int64_t>(i) * 60'000, 1 + i * 96));
  }
  return rows;
}

// Folds all rows into as many chunks as it takes, and reads them back.
std::size_t ExpectRoundTrip(const std::vector<FoldedRow>& rows) {
  std::vector<ResultRow> read;
  std::size_t chunks = 0;
  for (std::span<const FoldedRow> left(rows); !left.empty(); ++chunks) {
    const std::size_t count = FitIntoChunk(left);
    EXPECT_GE(count, 1U);
    EXPECT_LE(count, kChunkRows);
    const auto decoded = DecodeChunk(EncodeChunk(5, 9, left.first(count)).View(), read);
    EXPECT_TRUE(decoded.ok()) << decoded;
    left = left.subspan(count);
  }
  EXPECT_EQ(read.size(), rows.size());
  for (std::size_t i = 0; i < std::min(read.size(), rows.size()); ++i) {
    EXPECT_EQ(read[i].series, 5);
    EXPECT_EQ(read[i].epoch, 9);
    EXPECT_EQ(read[i].time_ms, rows[i].time_ms) << i;
    EXPECT_EQ(read[i].seq, rows[i].seq) << i;
    EXPECT_EQ(read[i].outcome, rows[i].outcome) << i;
    EXPECT_EQ(read[i].flags, rows[i].flags) << i;
    for (std::size_t stage = 0; stage < kStageCount; ++stage) {
      EXPECT_EQ(read[i].stage_us[stage], TimingOf(rows[i].stages[stage])) << i;
    }
  }
  return chunks;
}

TEST(TimingScale, IsExactForShortTimings) {
  for (std::uint32_t us = 0; us < 455; ++us) EXPECT_EQ(TimingOf(TimingWord(us)), us);
}

TEST(TimingScale, IsNeverOffByMoreThanAQuarterOfAPercent) {
  for (double exact = 1; exact < 73e6; exact *= 1.0001) {
    const auto us = static_cast<std::uint32_t>(exact);
    const double kept = TimingOf(TimingWord(us));
    ASSERT_LE(std::abs(kept - us), us * 0.0025) << us;
  }
}

TEST(TimingScale, EveryValueIsItsOwn) {
  EXPECT_GT(kTimingScale.back(), 73'000'000U);
  for (std::uint16_t word = 0; word < kWordValues; ++word) {
    EXPECT_EQ(TimingWord(TimingOf(word)), word);
  }
}

TEST(TimingScale, WhatIsLongerIsTheLongest) {
  EXPECT_EQ(TimingWord(std::numeric_limits<std::uint32_t>::max()), kWordValues - 1);
}

TEST(Words, AreThreeDigitsEach) {
  for (std::size_t count = 1; count <= 5; ++count) {
    const std::uint16_t words[] = {0x123, 0xabc, 0, 0xfff, 0x456};
    std::string blob;
    AppendWords(std::span(words).first(count), blob);
    EXPECT_EQ(blob.size(), WordBytes(count));
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(WordAt(blob, i), words[i]);
  }
}

TEST(Chunk, OfASteadySeriesKeepsOneColumn) {
  const auto rows = EveryMinute(kChunkRows);
  const PackedChunk packed = EncodeChunk(1, 1, rows);
  const Chunk chunk = packed.View();
  for (std::size_t i = 0; i < kWordColumns; ++i) {
    EXPECT_EQ(chunk.words[i].size(), i == kFirstStage + 1 ? WordBytes(kChunkRows) : 0U) << i;
  }
  EXPECT_EQ(ExpectRoundTrip(rows), 1U);
}

TEST(Chunk, HoldsFromOneToSixtyResults) {
  for (std::size_t count = 1; count <= kChunkRows; ++count) {
    EXPECT_EQ(ExpectRoundTrip(EveryMinute(count)), 1U);
  }
  EXPECT_EQ(ExpectRoundTrip(EveryMinute(kChunkRows + 1)), 2U);
}

TEST(Chunk, TakesWhatLiesAboveTheLineUpToTwoWords) {
  for (const std::int64_t above : {4095, 4096, (1 << 24) - 1}) {
    EXPECT_EQ(ExpectRoundTrip({Row(kMorning, 1), Row(kMorning + above, 2), Row(kMorning, 3)}), 1U);
    EXPECT_EQ(ExpectRoundTrip({Row(kMorning, 1), Row(kMorning - above, 2), Row(kMorning, 3)}), 1U);
  }
  const std::int64_t far = 1 << 24;
  EXPECT_EQ(ExpectRoundTrip({Row(kMorning, 1), Row(kMorning + far, 2), Row(kMorning, 3)}), 2U);
}

TEST(Chunk, TakesGapsInTheNumbers) {
  EXPECT_EQ(ExpectRoundTrip({Row(kMorning, 1), Row(kMorning, 2), Row(kMorning, 900'000)}), 1U);
  EXPECT_EQ(ExpectRoundTrip({Row(kMorning, 1), Row(kMorning, 2), Row(kMorning, 3'000'000'000)}),
            2U);
}

TEST(Chunk, TakesOutcomesFarApart) {
  auto rows = EveryMinute(3);
  for (const std::uint32_t apart : {1U, 4095U, 4096U, (1U << 24) - 1}) {
    rows[1].outcome = rows[0].outcome + apart;
    EXPECT_EQ(ExpectRoundTrip(rows), 1U);
  }
  rows[1].outcome = std::numeric_limits<std::uint32_t>::max();
  EXPECT_GT(ExpectRoundTrip(rows), 1U);
}

TEST(Chunk, TakesTheLargestNumbers) {
  ExpectRoundTrip({Row(kMax, std::numeric_limits<std::uint64_t>::max()), Row(-kMax - 1, 0),
                   Row(0, 1), Row(kMax, std::uint64_t{1} << 63)});
}

TEST(Chunk, GivesBackWhateverItWasGiven) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<FoldedRow> rows(1 + random() % 130);
    const std::uint64_t spread = std::uint64_t{1} << random() % 40;
    for (FoldedRow& row : rows) {
      row.time_ms = kMorning + static_cast<std::int64_t>(random() % spread);
      row.seq = random() % spread;
      row.outcome = static_cast<std::uint32_t>(random() % spread);
      row.flags = static_cast<std::uint16_t>(random() % 8);
      for (auto& word : row.stages) word = static_cast<std::uint16_t>(random() % kWordValues);
    }
    ExpectRoundTrip(rows);
  }
}

TEST(Chunk, OfAnotherLengthIsDamaged) {
  const auto rows = EveryMinute(10);
  const PackedChunk packed = EncodeChunk(5, 9, rows);
  const Chunk good = packed.View();
  std::vector<ResultRow> read;
  for (const std::int64_t count : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{9},
                                   std::int64_t{11}, std::int64_t{61}, kMax}) {
    Chunk chunk = good;
    chunk.count = count;
    EXPECT_EQ(DecodeChunk(chunk, read).code(), absl::StatusCode::kDataLoss) << count;
  }
  for (std::size_t column = 0; column < kWordColumns; ++column) {
    for (const std::size_t bytes : {1UL, 14UL, 16UL, 1000UL}) {
      const std::string words(bytes, 'x');
      Chunk chunk = good;
      chunk.words[column] = words;
      EXPECT_EQ(DecodeChunk(chunk, read).code(), absl::StatusCode::kDataLoss);
    }
  }
  EXPECT_TRUE(read.empty());
  EXPECT_TRUE(DecodeChunk(good, read).ok());
}

TEST(Chunk, IsToldByWhereItBelongs) {
  Chunk chunk;
  chunk.series = 5;
  chunk.epoch = 9;
  std::vector<ResultRow> read;
  EXPECT_THAT(std::string(DecodeChunk(chunk, read).message()),
              ::testing::HasSubstr("series 5, epoch 9"));
}

TEST(ChunkId, SortsBySegmentSeriesAndPart) {
  EXPECT_LT(ChunkId(1, kMaxSeries - 1, kMaxParts - 1), ChunkId(2, 0, 0));
  EXPECT_LT(ChunkId(1, 1, kMaxParts - 1), ChunkId(1, 2, 0));
  EXPECT_EQ(SeriesOfChunk(ChunkId(7, 1234, 5)), 1234);
}

}  // namespace
}  // namespace relaywatch::collector
