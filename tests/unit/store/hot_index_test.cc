// Which rows of a piece are of which series: what was written is found, and nothing else.
#include "collector/store/hot_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace relaywatch::collector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<HotPlace> Found(const std::string& index, std::vector<std::int64_t> series) {
  std::vector<HotPlace> found;
  const auto read =
      ReadHotIndex(index, series, [&](const HotPlace& place) { found.push_back(place); });
  EXPECT_TRUE(read.ok()) << read;
  return found;
}

TEST(HotIndexTest, FindsTheRowsOfASeries) {
  std::vector<HotPlace> places{
      {7, 103}, {2, 100}, {7, 101}, {900'000, 102}, {2, 1'000'000'000'000}};
  const std::string index = WriteHotIndex(places);
  EXPECT_THAT(Found(index, {2}), ElementsAre(HotPlace{2, 100}, HotPlace{2, 1'000'000'000'000}));
  EXPECT_THAT(Found(index, {7}), ElementsAre(HotPlace{7, 101}, HotPlace{7, 103}));
  EXPECT_THAT(
      Found(index, {2, 3, 900'000, 900'001}),
      ElementsAre(HotPlace{2, 100}, HotPlace{2, 1'000'000'000'000}, HotPlace{900'000, 102}));
  EXPECT_THAT(Found(index, {1, 3, 899'999}), IsEmpty());
  EXPECT_THAT(Found(index, {}), IsEmpty());
  EXPECT_THAT(Found("", {2}), IsEmpty());
}

TEST(HotIndexTest, TakesAFewBytesARow) {
  std::mt19937 random(1);
  std::vector<HotPlace> places;
  for (std::int64_t row = 1; row <= 32'768; ++row) {
    places.push_back({1 + static_cast<std::int64_t>(random() % 2'000), 5'000'000'000 + row});
  }
  const std::string index = WriteHotIndex(places);
  EXPECT_LT(index.size(), 3 * places.size());
  std::vector<HotPlace> of_one;
  for (const HotPlace& place : places) {
    if (place.series == 1'234) of_one.push_back(place);
  }
  EXPECT_EQ(Found(index, {1'234}), of_one);
}

TEST(HotIndexTest, DamageIsFoundOrReadsAsLess) {
  std::vector<HotPlace> places;
  for (std::int64_t row = 1; row <= 300; ++row) places.push_back({row % 7, row * 1'000});
  const std::string index = WriteHotIndex(places);
  const std::vector<std::int64_t> all{0, 1, 2, 3, 4, 5, 6};
  for (std::size_t length = 0; length < index.size(); ++length) {
    std::size_t found = 0;
    const auto read = ReadHotIndex(std::string_view(index).substr(0, length), all,
                                   [&](const HotPlace&) { ++found; });
    EXPECT_LT(found, places.size()) << length;
    EXPECT_TRUE(read.ok() || read.code() == absl::StatusCode::kDataLoss) << length;
  }
  const std::string overlong{'\x01', '\x7f', '\x01'};  // a list of 127 bytes
  EXPECT_EQ(ReadHotIndex(overlong, all, [](const HotPlace&) {}).code(),
            absl::StatusCode::kDataLoss);
  const std::string endless(20, '\xff');
  EXPECT_EQ(ReadHotIndex(endless, all, [](const HotPlace&) {}).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace relaywatch::collector
