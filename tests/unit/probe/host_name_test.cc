#include "agent/probe/host_name.h"

#include <gtest/gtest.h>

namespace relaywatch::probe {
namespace {

TEST(FullyQualified, IsTheHostNameItselfWhereItHasADot) {
  EXPECT_EQ(FullyQualified("pc7.example.com", "127.0.1.1 other.example.com pc7"),
            "pc7.example.com");
}

TEST(FullyQualified, ComesFromTheHostsFileOtherwise) {
  EXPECT_EQ(FullyQualified("pc7", "127.0.0.1 localhost\n127.0.1.1\tpc7.example.com pc7 # here\n"),
            "pc7.example.com");
  EXPECT_EQ(FullyQualified("pc7", "127.0.1.1 pc7\n192.0.2.7 pc7 pc7.example.com"),
            "pc7.example.com");
}

TEST(FullyQualified, IsEmptyWhereNobodyKnowsADomain) {
  EXPECT_EQ(FullyQualified("pc7", ""), "");
  EXPECT_EQ(FullyQualified("pc7", "127.0.1.1 pc7\n192.0.2.9 pc9.example.com pc9"), "");
  EXPECT_EQ(FullyQualified("pc7", "127.0.0.1 localhost.localdomain pc7"), "");
  EXPECT_EQ(FullyQualified("pc7", "#127.0.1.1 pc7.example.com pc7"), "");
  EXPECT_EQ(FullyQualified("", "127.0.1.1 pc7.example.com"), "");
}

TEST(AddressLiteral, IsSpelledAsRfc5321Says) {
  EXPECT_EQ(AddressLiteral("192.0.2.1"), "[192.0.2.1]");
  EXPECT_EQ(AddressLiteral("2001:db8::1"), "[IPv6:2001:db8::1]");
  EXPECT_EQ(AddressLiteral("fe80::1%eth0"), "[IPv6:fe80::1]");
}

}  // namespace
}  // namespace relaywatch::probe
