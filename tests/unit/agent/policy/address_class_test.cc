#include "agent/policy/address_class.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::agent {
namespace {

struct Case {
  const char* address;
  AddressClass kind;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.address; }

constexpr Case kCases[] = {
    {"8.8.8.8", AddressClass::kPublic},
    {"172.15.255.255", AddressClass::kPublic},
    {"172.32.0.0", AddressClass::kPublic},
    {"100.63.255.255", AddressClass::kPublic},
    {"223.255.255.255", AddressClass::kPublic},
    {"0.0.0.0", AddressClass::kUnspecified},
    {"0.1.2.3", AddressClass::kUnspecified},
    {"127.0.0.1", AddressClass::kLoopback},
    {"127.255.255.255", AddressClass::kLoopback},
    {"10.255.0.1", AddressClass::kPrivate},
    {"172.16.0.0", AddressClass::kPrivate},
    {"172.31.255.255", AddressClass::kPrivate},
    {"192.168.178.1", AddressClass::kPrivate},
    {"100.64.0.1", AddressClass::kShared},
    {"169.254.1.1", AddressClass::kLinkLocal},
    {"169.254.169.254", AddressClass::kMetadata},
    {"100.100.100.200", AddressClass::kMetadata},
    {"168.63.129.16", AddressClass::kMetadata},
    {"192.0.2.1", AddressClass::kReserved},
    {"198.18.0.1", AddressClass::kReserved},
    {"224.0.0.1", AddressClass::kMulticast},
    {"239.255.255.255", AddressClass::kMulticast},
    {"240.0.0.1", AddressClass::kReserved},
    {"255.255.255.255", AddressClass::kMulticast},
    {"2606:4700::1", AddressClass::kPublic},
    {"::", AddressClass::kUnspecified},
    {"::1", AddressClass::kLoopback},
    {"fe80::1", AddressClass::kLinkLocal},
    {"fe80::1%1", AddressClass::kLinkLocal},
    {"fd12:3456::1", AddressClass::kPrivate},
    {"fc00::1", AddressClass::kPrivate},
    {"fd00:ec2::254", AddressClass::kMetadata},
    {"ff02::1", AddressClass::kMulticast},
    {"2001:db8::1", AddressClass::kReserved},
    {"2001:0:1::1", AddressClass::kReserved},
    {"4000::1", AddressClass::kReserved},
    // Other ways to write an IPv4 address.
    {"::ffff:127.0.0.1", AddressClass::kLoopback},
    {"::ffff:169.254.169.254", AddressClass::kMetadata},
    {"::ffff:8.8.8.8", AddressClass::kPublic},
    {"::127.0.0.1", AddressClass::kLoopback},
    {"2002:7f00:1::", AddressClass::kLoopback},
    {"2002:a9fe:a9fe::1", AddressClass::kMetadata},
    {"2002:808:808::1", AddressClass::kPublic},
    {"64:ff9b::10.0.0.1", AddressClass::kPrivate},
    {"64:ff9b::169.254.169.254", AddressClass::kMetadata},
    {"64:ff9b::8.8.8.8", AddressClass::kPublic},
    {"64:ff9b:1::10.0.0.1", AddressClass::kPrivate},
};

class AddressClassTest : public testing::TestWithParam<Case> {};

TEST_P(AddressClassTest, IsWhereTheAddressLeads) {
  EXPECT_EQ(Describe(ClassOf(asio::ip::make_address(GetParam().address))),
            Describe(GetParam().kind));
}

INSTANTIATE_TEST_SUITE_P(Each, AddressClassTest, testing::ValuesIn(kCases));

}  // namespace
}  // namespace relaywatch::agent
