#include "common/syntax.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch {
namespace {

using namespace std::string_literals;

TEST(Syntax, ReadsHostAndPort) {
  EXPECT_EQ(ParseHostPort("smtp.example.com:587"), (HostPort{"smtp.example.com", 587}));
  EXPECT_EQ(ParseHostPort("192.0.2.1:25"), (HostPort{"192.0.2.1", 25}));
  EXPECT_EQ(ParseHostPort("[2001:db8::1]:465"), (HostPort{"2001:db8::1", 465}));
}

TEST(Syntax, RefusesWhatIsNoHostAndPort) {
  for (const char* text :
       {"", "mail", "mail:", ":25", "mail:0", "mail:65536", "mail:-1", "mail:2 5", "mail:25x",
        "::1:25", "[mail]:25", "[192.0.2.1]:25", "[::1]", "[]:25", "ma il:25", "192.0.2.256:25"}) {
    EXPECT_EQ(ParseHostPort(text), std::nullopt) << text;
  }
}

TEST(Syntax, WritesWhatItReads) {
  for (const char* text : {"smtp.example.com:587", "192.0.2.1:25", "[2001:db8::1]:465"}) {
    EXPECT_EQ(FormatHostPort(*ParseHostPort(text)), text);
  }
}

TEST(Syntax, KnowsHosts) {
  for (const std::string& host : {"localhost"s, "smtp.example.com"s, "smtp.example.com."s,
                                  "a_b.example"s, "xn--bcher-kva.example"s, "3com.com"s,
                                  "192.0.2.1"s, "2001:db8::1"s, std::string(63, 'a')}) {
    EXPECT_TRUE(IsHost(host)) << host;
  }
  for (const std::string& host :
       {""s, "."s, "a..b"s, ".a"s, "-a"s, "a-"s, "a b"s, "a/b"s, "a\r\nb"s, "a\0b"s, "1.2.3"s,
        "192.0.2.256"s, "[::1]"s, "fe80::1%eth0"s, "bücher.example"s, "192.0.2.1\0x"s,
        std::string(64, 'a'), std::string(254, 'a')}) {
    EXPECT_FALSE(IsHost(host)) << host;
  }
}

TEST(Syntax, KnowsLabelNames) {
  for (const std::string& name : {"office"s, "home-isp"s, "a.b_c-1"s, "9"s, std::string(63, 'x')}) {
    EXPECT_TRUE(IsLabelName(name)) << name;
  }
  for (const std::string& name :
       {""s, "-a"s, ".a"s, "a b"s, "a\nb"s, "a\"b"s, "ü"s, std::string(64, 'x')}) {
    EXPECT_FALSE(IsLabelName(name)) << name;
  }
}

TEST(Syntax, KnowsWhatMayFollowEhlo) {
  EXPECT_TRUE(IsEhloName("client.example.com"));
  EXPECT_TRUE(IsEhloName("[192.0.2.1]"));
  EXPECT_TRUE(IsEhloName("[IPv6:2001:db8::1]"));
  EXPECT_FALSE(IsEhloName("192.0.2.1"));
  EXPECT_FALSE(IsEhloName("[2001:db8::1]"));
  EXPECT_FALSE(IsEhloName("[IPv6:192.0.2.1]"));
  EXPECT_FALSE(IsEhloName("client\r\nQUIT"));
}

TEST(Syntax, KnowsMailAddresses) {
  for (const std::string& address :
       {"probe@example.com"s, "a.b+c=d@sub.example.com"s, "x@[192.0.2.1]"s, "x@[IPv6:2001:db8::1]"s,
        "root@localhost"s}) {
    EXPECT_TRUE(IsMailAddress(address)) << address;
  }
  for (const std::string& address :
       {""s, "probe"s, "@example.com"s, "probe@"s, "a b@example.com"s, "a@b@example.com"s,
        "<a@example.com>"s, "a@example.com\r\nDATA"s, "\"a\"@example.com"s, "a@192.0.2.1"s,
        "ü@example.com"s, std::string(65, 'a') + "@example.com"}) {
    EXPECT_FALSE(IsMailAddress(address)) << address;
  }
}

TEST(Cidr, HoldsTheAddressesOfItsNetwork) {
  const struct {
    const char* network;
    const char* address;
    bool holds;
  } kCases[] = {
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.1.2.3/8", "10.9.9.9", true},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.128", true},
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7", "192.0.2.6", false},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"fd00::/8", "fdff::1", true},
      {"fd00::/8", "fe80::1", false},
      {"::/0", "192.0.2.1", false},
      {"10.0.0.0/8", "::ffff:10.1.1.1", true},
      {"10.0.0.0/8", "", false},
      {"10.0.0.0/8", "ten", false},
      {"::ffff:0:0/96", "::ffff:10.1.1.1", true},
  };
  for (const auto& test : kCases) {
    const auto cidr = Cidr::Parse(test.network);
    ASSERT_TRUE(cidr) << test.network;
    EXPECT_EQ(cidr->Contains(test.address), test.holds) << test.network << " " << test.address;
  }
}

TEST(Cidr, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ",
                           "10.0.0/8", "fd00::/129", "office"}) {
    EXPECT_FALSE(Cidr::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace relaywatch
