// Results added up: what a sketch still knows of them, and which bucket each falls into.
#include "collector/store/bucket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "collector/store/bucket_sink.h"

namespace relaywatch::collector {
namespace {

using ::testing::ElementsAre;

StageSketch SketchOf(const std::vector<std::uint32_t>& values) {
  StageSketch sketch;
  for (const std::uint32_t value : values) sketch.Add(value);
  return sketch;
}

TEST(StageSketch, AQuantileIsOffByATenthAtMost) {
  std::mt19937 random(7);
  std::lognormal_distribution<double> spread(9, 1.5);
  std::vector<std::uint32_t> values;
  for (int i = 0; i < 10'000; ++i) values.push_back(1 + static_cast<std::uint32_t>(spread(random)));
  const StageSketch sketch = SketchOf(values);
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.01, 0.5, 0.9, 0.99, 1.0}) {
    const double exact = values[static_cast<std::size_t>(q * 9'999)];
    EXPECT_NEAR(sketch.Quantile(q), exact, exact * 0.1) << q;
  }
}

TEST(StageSketch, EveryValueIsMetWithinATenthOrAMicrosecond) {
  for (double value = 1; value < 4.29e9; value *= 1.013) {
    const auto us = static_cast<std::uint32_t>(value);
    EXPECT_NEAR(SketchOf({us}).Quantile(0.5), us, std::max(us * 0.1, 1.0)) << us;
  }
  EXPECT_GT(SketchOf({0xffffffff}).Quantile(0.5), 0xe0000000U);
}

TEST(StageSketch, AStageThatDidNotRunIsNotCounted) {
  EXPECT_TRUE(SketchOf({0, 0}).empty());
  EXPECT_EQ(SketchOf({}).Quantile(0.5), 0U);
}

TEST(StageSketch, MergingIsTheSameAsAddingAll) {
  StageSketch merged = SketchOf({5, 100, 7'000});
  merged.Merge(SketchOf({6, 100, 4'000'000'000}));
  EXPECT_EQ(merged, SketchOf({5, 6, 100, 100, 7'000, 4'000'000'000}));
  EXPECT_EQ(merged.count(), 6U);
}

TEST(StageSketch, ItsBytesAreFewAndComeBack) {
  const StageSketch sketch = SketchOf({1, 900, 950, 1'000, 70'000, 0xffffffff});
  std::string bytes;
  sketch.AppendTo(bytes);
  SketchOf({12}).AppendTo(bytes);
  EXPECT_LT(bytes.size(), 20U);
  std::string_view rest = bytes;
  StageSketch first;
  StageSketch second;
  ASSERT_TRUE(first.AddFrom(rest));
  ASSERT_TRUE(second.AddFrom(rest));
  EXPECT_EQ(first, sketch);
  EXPECT_EQ(second, SketchOf({12}));
  EXPECT_TRUE(rest.empty());
}

TEST(StageSketch, AddingItsBytesIsTheSameAsMerging) {
  std::string bytes;
  SketchOf({6, 100, 4'000'000'000}).AppendTo(bytes);
  std::string_view rest = bytes;
  StageSketch sum = SketchOf({5, 100, 7'000});
  ASSERT_TRUE(sum.AddFrom(rest));
  EXPECT_EQ(sum, SketchOf({5, 6, 100, 100, 7'000, 4'000'000'000}));
}

TEST(StageSketch, BytesThatAreNoneAreRefused) {
  std::string whole;
  SketchOf({1, 900, 70'000}).AppendTo(whole);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::string_view cut(whole.data(), length);
    StageSketch sketch;
    EXPECT_FALSE(sketch.AddFrom(cut)) << length;
  }
  const std::vector<std::string> hostile = {
      std::string("\xff\xff\xff\xff\x7f", 5),                          // cells without end
      std::string("\x01\x74\x01", 3),                                  // a cell beyond the last
      std::string("\x01\x03\x00", 3),                                  // none in a cell
      std::string("\x02\x03\x01\x00\x01", 5),                          // the same cell twice
      std::string("\x01\x03\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11)  // no 64-bit number
  };
  for (const std::string& bytes : hostile) {
    std::string_view rest = bytes;
    StageSketch sketch;
    EXPECT_FALSE(sketch.AddFrom(rest)) << ::testing::PrintToString(bytes);
  }
}

TEST(StageSketch, NoBytesDoHarm) {
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 8 == 0 ? random() : random() % 6);
    std::string_view rest = bytes;
    StageSketch sketch;
    if (sketch.AddFrom(rest)) {
      std::string again;
      sketch.AppendTo(again);
      std::string_view view = again;
      StageSketch same;
      ASSERT_TRUE(same.AddFrom(view));
      EXPECT_EQ(same, sketch);
    }
  }
}

ResultRow Row(std::int64_t series, std::int64_t time_ms, std::int64_t outcome,
              std::uint32_t flags = 0) {
  ResultRow row;
  row.series = series;
  row.time_ms = time_ms;
  row.outcome = outcome;
  row.flags = flags;
  row.stage_us[1] = 1'000;
  return row;
}

std::vector<Bucket> Sunk(const std::vector<ResultRow>& rows, std::size_t enough = 100) {
  std::vector<Bucket> buckets;
  const auto visit = [&](const Bucket& bucket) {
    buckets.push_back(bucket);
    return buckets.size() < enough;
  };
  BucketSink sink(1'000, visit);
  for (const ResultRow& row : rows) {
    if (!sink.Add(row)) break;
  }
  sink.Finish();
  return buckets;
}

TEST(BucketSink, CountsOutcomesAndTimesOfEachSpan) {
  const auto buckets = Sunk(
      {Row(1, 1'000, 7), Row(1, 1'500, 6), Row(1, 1'999, 7), Row(1, 2'000, 7), Row(2, 2'000, 8)});
  ASSERT_EQ(buckets.size(), 3U);
  EXPECT_EQ(buckets[0].start_ms, 1'000);
  EXPECT_THAT(buckets[0].outcomes, ElementsAre(OutcomeCount{6, 1}, OutcomeCount{7, 2}));
  EXPECT_EQ(buckets[0].stages[1].count(), 3U);
  EXPECT_TRUE(buckets[0].stages[0].empty());
  EXPECT_EQ(buckets[1].start_ms, 2'000);
  EXPECT_EQ(buckets[2].series, 2);
}

TEST(BucketSink, WhatDoesNotVoteIsLeftOut) {
  const auto buckets =
      Sunk({Row(1, 1'000, 7, kMoved), Row(1, 2'000, 7, kBacklog), Row(1, 3'000, 7, kPortal)});
  ASSERT_EQ(buckets.size(), 1U);
  EXPECT_EQ(buckets[0].start_ms, 2'000);
}

TEST(BucketSink, EndsWhenTheVisitorHasEnough) {
  EXPECT_EQ(Sunk({Row(1, 1'000, 7), Row(1, 2'000, 7), Row(1, 3'000, 7)}, 2).size(), 2U);
  EXPECT_EQ(Sunk({Row(1, 1'000, 7), Row(1, 2'000, 7), Row(1, 3'000, 7)}, 1).size(), 1U);
}

TEST(BucketSink, PartsOfABucketAreAddedUp) {
  Bucket part;
  part.Restart(1, 1'000);
  part.Add(Row(1, 1'000, 7));
  std::vector<Bucket> buckets;
  const auto visit = [&](const Bucket& bucket) {
    buckets.push_back(bucket);
    return true;
  };
  BucketSink sink(10'000, visit);
  for (const std::int64_t start : {1'000, 2'000, 11'000}) {
    part.start_ms = start;
    EXPECT_TRUE(sink.Add(part));
  }
  sink.Finish();
  ASSERT_EQ(buckets.size(), 2U);
  EXPECT_EQ(buckets[0].start_ms, 0);
  EXPECT_THAT(buckets[0].outcomes, ElementsAre(OutcomeCount{7, 2}));
}

}  // namespace
}  // namespace relaywatch::collector
