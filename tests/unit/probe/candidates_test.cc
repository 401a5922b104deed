#include "agent/probe/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relaywatch::probe {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::vector<asio::ip::address> Parsed(std::initializer_list<const char*> texts) {
  std::vector<asio::ip::address> addresses;
  for (const char* text : texts) addresses.push_back(asio::ip::make_address(text));
  return addresses;
}

std::vector<std::string> Chosen(std::initializer_list<const char*> resolved, Addresses which) {
  std::vector<std::string> texts;
  for (const auto& address : ChooseAddresses(Parsed(resolved), which)) {
    texts.push_back(address.to_string());
  }
  return texts;
}

TEST(ChooseAddresses, FallsBackOnTheOtherFamilyFirst) {
  EXPECT_THAT(Chosen({"2001:db8::1", "2001:db8::2", "192.0.2.1"}, Addresses::kFirstThatConnects),
              ElementsAre("2001:db8::1", "192.0.2.1"));
  EXPECT_THAT(Chosen({"192.0.2.1", "192.0.2.2", "192.0.2.3"}, Addresses::kFirstThatConnects),
              ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(Chosen({"192.0.2.1"}, Addresses::kFirstThatConnects), ElementsAre("192.0.2.1"));
}

TEST(ChooseAddresses, KeepsTheOrderOfAll) {
  EXPECT_THAT(Chosen({"2001:db8::1", "2001:db8::2", "192.0.2.1"}, Addresses::kAll),
              ElementsAre("2001:db8::1", "2001:db8::2", "192.0.2.1"));
  const std::vector<asio::ip::address> many(100, asio::ip::make_address("192.0.2.1"));
  EXPECT_THAT(ChooseAddresses(many, Addresses::kAll), SizeIs(16));
}

TEST(ChooseSource, RestrictsTheFamilyToItsOwn) {
  EXPECT_EQ(ChooseSource("127.0.1.1", AddressFamily::kAny).family, AddressFamily::kIpv4);
  EXPECT_EQ(ChooseSource("::1", AddressFamily::kAny).family, AddressFamily::kIpv6);
  EXPECT_EQ(ChooseSource("", AddressFamily::kIpv6).family, AddressFamily::kIpv6);
  EXPECT_FALSE(ChooseSource("", AddressFamily::kIpv6).address);
}

TEST(ChooseSource, IsOurFaultWhereItCannotBeUsed) {
  EXPECT_EQ(ChooseSource("localhost", AddressFamily::kAny).fault.failure, v1::FAILURE_LOCAL);
  EXPECT_EQ(ChooseSource("127.0.1.1", AddressFamily::kIpv6).fault.failure, v1::FAILURE_LOCAL);
}

}  // namespace
}  // namespace relaywatch::probe
