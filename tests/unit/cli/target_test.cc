#include "cli/target.h"

#include <gtest/gtest.h>

namespace relaywatch::cli {
namespace {

TEST(ParseTarget, ReadsNamesAndAddresses) {
  struct Case {
    const char* text;
    HostPort expected;
  };
  const Case cases[] = {
      {"smtp.example.com:587", {"smtp.example.com", 587}}, {"192.0.2.1:25", {"192.0.2.1", 25}},
      {"[2001:db8::1]:465", {"2001:db8::1", 465}},         {"[::1]:1", {"::1", 1}},
      {"localhost:65535", {"localhost", 65535}},
  };
  for (const Case& c : cases) {
    const auto target = ParseTarget(c.text);
    ASSERT_TRUE(target.ok()) << c.text << ": " << target.status();
    EXPECT_EQ(*target, c.expected) << c.text;
  }
}

TEST(ParseTarget, SaysWhatIsWrong) {
  struct Case {
    const char* text;
    const char* why;
  };
  const Case cases[] = {
      {"", "the port is missing"},
      {"smtp.example.com", "the port is missing"},
      {"[::1]", "the port is missing"},
      {"[::1:25", "the bracket is not closed"},
      {"::1:25", "an IPv6 address needs brackets"},
      {"[smtp]:25", "no IPv6 address stands in the brackets"},
      {":25", "this is no host name and no address"},
      {"a..b:25", "this is no host name and no address"},
      {"a b:25", "this is no host name and no address"},
      {"host:", "the port is not a number in 1-65535"},
      {"host:0", "the port is not a number in 1-65535"},
      {"host:65536", "the port is not a number in 1-65535"},
      {"host:smtp", "the port is not a number in 1-65535"},
      {"host:25x", "the port is not a number in 1-65535"},
      {"smtp://host:25", "an IPv6 address needs brackets"},
  };
  for (const Case& c : cases) {
    const auto target = ParseTarget(c.text);
    ASSERT_FALSE(target.ok()) << c.text;
    EXPECT_NE(target.status().message().find(c.why), std::string_view::npos)
        << c.text << ": " << target.status();
  }
}

TEST(ParseTarget, RefusesNamesAndLabelsThatAreTooLong) {
  EXPECT_TRUE(ParseTarget(std::string(63, 'a') + ".example:25").ok());
  EXPECT_FALSE(ParseTarget(std::string(64, 'a') + ".example:25").ok());
  EXPECT_FALSE(ParseTarget(std::string(300, 'a') + ":25").ok());
}

}  // namespace
}  // namespace relaywatch::cli
