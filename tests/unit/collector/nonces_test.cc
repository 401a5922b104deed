#include "collector/fleet/nonces.h"

#include <gtest/gtest.h>

#include "collector/fleet/failure_limit.h"

namespace relaywatch::collector {
namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;

TEST(Nonces, AreGoodForTwoMinutesAndOnce) {
  Nonces nonces;
  const std::string nonce = *nonces.Make(kNow);
  EXPECT_TRUE(nonces.Check(nonce, kNow + 119'999).ok());
  EXPECT_EQ(nonces.Check(nonce, kNow + 120'000).message(), "the nonce is too old");
  EXPECT_TRUE(nonces.Use(nonce, kNow).ok());
  EXPECT_EQ(nonces.Use(nonce, kNow).message(), "the nonce was used before");
}

TEST(Nonces, OfSomebodyElseAreNone) {
  Nonces ours;
  Nonces theirs;
  std::string nonce = *theirs.Make(kNow);
  EXPECT_FALSE(ours.Check(nonce, kNow).ok());
  EXPECT_FALSE(ours.Check("", kNow).ok());
  nonce = *ours.Make(kNow);
  nonce[20] = static_cast<char>(nonce[20] ^ 1);  // a longer life
  EXPECT_FALSE(ours.Check(nonce, kNow).ok());
}

TEST(Nonces, AreForgottenWhenTheyAreTooOldAnyway) {
  Nonces nonces;
  for (std::size_t i = 0; i < Nonces::kMaxUsed; ++i) {
    ASSERT_TRUE(nonces.Use(*nonces.Make(kNow), kNow).ok());
  }
  EXPECT_EQ(nonces.Use(*nonces.Make(kNow), kNow).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(nonces.Use(*nonces.Make(kNow + 120'000), kNow + 120'000).ok());
}

TEST(FailureLimit, AllowsABurstAndThenTenASecond) {
  FailureLimit limit;
  const FailureLimit::Time start{std::chrono::hours(1)};
  int allowed = 0;
  for (int i = 0; i < 100; ++i) allowed += limit.Allow(start) ? 1 : 0;
  EXPECT_EQ(allowed, 20);
  for (int i = 0; i < 100; ++i) allowed += limit.Allow(start + std::chrono::seconds(1)) ? 1 : 0;
  EXPECT_EQ(allowed, 30);
}

}  // namespace
}  // namespace relaywatch::collector
