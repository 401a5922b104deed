#include "cli/time_option.h"

#include <gtest/gtest.h>

namespace relaywatch::cli {
namespace {

constexpr std::int64_t kNow = 1'795'392'400'000;  // 2026-11-23T00:06:40Z

std::int64_t Milliseconds(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

TEST(TimeOption, ReadsTimesAndDurationsAgo) {
  struct Case {
    const char* text;
    std::int64_t expected;
  };
  const Case cases[] = {
      {"2026-11-23T00:06:40Z", kNow},
      {"2026-11-23T01:06:40+01:00", kNow},
      {"2026-11-22T22:36:40.250-01:30", kNow + 250},
      {"2026-11-23t00:06:40z", kNow},
      {"1970-01-01T00:00:00Z", 0},
      {"250ms", kNow - 250},
      {"90s", kNow - 90'000},
      {"2h", kNow - 7'200'000},
      {"3d", kNow - 259'200'000},
      {"0s", kNow},
  };
  for (const Case& c : cases) {
    const auto time = ParseTimeOption("--since", c.text, kNow);
    ASSERT_TRUE(time.ok()) << c.text << ": " << time.status();
    EXPECT_EQ(Milliseconds(*time), c.expected) << c.text;
  }
}

TEST(TimeOption, SaysWhichOptionHoldsNoMoment) {
  for (const char* text : {"", "yesterday", "2h ago", "-2h", "2", "2026-11-23",
                           "2026-11-23T00:06:40", "2026-11-23 00:06:40Z", " 2026-11-23T00:06:40Z",
                           "2026-11-23T00:06:40Z ", "2026-13-01T00:00:00Z", "infinite-past",
                           "1969-12-31T23:59:59Z", "30000d", "10000-01-01T00:00:00Z"}) {
    const auto time = ParseTimeOption("--until", text, kNow);
    ASSERT_FALSE(time.ok()) << text;
    EXPECT_EQ(time.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_TRUE(std::string(time.status().message()).starts_with("--until: \"")) << time.status();
  }
}

}  // namespace
}  // namespace relaywatch::cli
