#include "common/identity/enrollment_token.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch {
namespace {

const std::string kPin(kPinBytes, 'p');

TEST(EnrollmentToken, SurvivesBeingWrittenDown) {
  const auto made = MakeToken(kPin);
  ASSERT_TRUE(made.ok()) << made.status();
  const std::string text = FormatToken(*made);
  EXPECT_TRUE(text.starts_with("rw1_"));
  EXPECT_EQ(text.find_first_of("+/= \n"), std::string::npos);  // goes into shells and URLs

  const auto read = ParseToken(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->secret.view(), made->secret.view());
  EXPECT_EQ(read->ca_pin, kPin);
  EXPECT_EQ(TokenHash(*read), TokenHash(*made));
}

TEST(EnrollmentToken, IsAnotherOneEachTime) {
  EXPECT_NE(FormatToken(*MakeToken(kPin)), FormatToken(*MakeToken(kPin)));
}

TEST(EnrollmentToken, IsCalledByItsHashAndNotByItsSecret) {
  const auto token = MakeToken(kPin);
  const std::string id = TokenId(TokenHash(*token));
  EXPECT_EQ(id.size(), 12u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(EnrollmentToken, RefusesWhatIsNoneWithoutRepeatingIt) {
  const std::string good = FormatToken(*MakeToken(kPin));
  std::string spare_bits = good;  // of the last character: the bytes would be the same
  ++spare_bits.back();
  for (const std::string& bad :
       {std::string(), std::string("rw1_"), good.substr(0, good.size() - 1), good + "A",
        "rw2_" + good.substr(4), good.substr(0, 20) + "!" + good.substr(21), spare_bits,
        std::string(1'000'000, 'A')}) {
    const auto parsed = ParseToken(bad);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(parsed.status().message(), "not an enrolment token (rw1_ and 86 characters)");
  }
}

}  // namespace
}  // namespace relaywatch
