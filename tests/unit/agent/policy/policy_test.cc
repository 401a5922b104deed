#include "agent/policy/policy.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/policy/pattern.h"

namespace relaywatch::agent {
namespace {

PolicyConfig Networks(const std::vector<std::string>& networks, bool with_public = false) {
  PolicyConfig config;
  config.public_networks = with_public;
  for (const std::string& network : networks) config.networks.push_back(*Cidr::Parse(network));
  return config;
}

struct Case {
  const char* name;
  PolicyConfig config;
  const char* address;
  bool allowed;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case kCases[] = {
    {"PublicByDefault", {}, "8.8.8.8", true},
    {"PublicIpv6ByDefault", {}, "2606:4700::1", true},
    {"LoopbackNotByDefault", {}, "127.0.0.1", false},
    {"MappedLoopbackNotByDefault", {}, "::ffff:127.0.0.1", false},
    {"PrivateNotByDefault", {}, "10.1.2.3", false},
    {"UniqueLocalNotByDefault", {}, "fd01::1", false},
    {"SharedNotByDefault", {}, "100.64.3.4", false},
    {"LinkLocalNotByDefault", {}, "fe80::1", false},
    {"MetadataNotByDefault", {}, "169.254.169.254", false},
    {"MetadataInPublicNetworkNotByDefault", {}, "168.63.129.16", false},
    {"Listed", Networks({"10.0.0.0/8"}), "10.1.2.3", true},
    {"ListedAsMapped", Networks({"10.0.0.0/8"}), "::ffff:10.1.2.3", true},
    {"ListedBehindNat64", Networks({"10.0.0.0/8"}), "64:ff9b::10.1.2.3", true},
    {"OthersBehindNat64", Networks({"10.0.0.0/8"}), "64:ff9b::192.168.0.1", false},
    {"PublicBehindNat64", {}, "64:ff9b::8.8.8.8", true},
    {"LoopbackIn6to4", Networks({"10.0.0.0/8"}, true), "2002:7f00:1::1", false},
    {"ListedInsteadOfPublic", Networks({"10.0.0.0/8"}), "8.8.8.8", false},
    {"ListedBesidesPublic", Networks({"10.0.0.0/8"}, true), "8.8.8.8", true},
    {"OtherThanListed", Networks({"10.0.0.0/8"}, true), "192.168.0.1", false},
    {"EverythingButMetadata", Networks({"0.0.0.0/0"}), "169.254.169.254", false},
    {"EverythingButMappedMetadata", Networks({"0.0.0.0/0", "::/0"}), "::ffff:169.254.169.254",
     false},
    {"MetadataByItsOwnAddress", Networks({"169.254.169.254"}), "169.254.169.254", true},
    {"AllOfIpv6IsNotMappedIpv4", Networks({"::/0"}), "::ffff:127.0.0.1", false},
    {"UnspecifiedNever", Networks({"0.0.0.0/0"}), "0.0.0.0", false},
    {"UnspecifiedIpv6Never", Networks({"::/0"}), "::", false},
    {"MulticastNever", Networks({"224.0.0.0/4"}), "224.0.0.1", false},
    {"NothingListed", Networks({}), "8.8.8.8", false},
};

class PolicyAddressTest : public testing::TestWithParam<Case> {};

TEST_P(PolicyAddressTest, IsAllowedOrNot) {
  const Policy policy(GetParam().config);
  const std::string reason = policy.Refuse(asio::ip::make_address(GetParam().address));
  EXPECT_EQ(reason.empty(), GetParam().allowed) << reason;
}

INSTANTIATE_TEST_SUITE_P(Cases, PolicyAddressTest, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Policy, SaysWhatItRefusesAndWhichKeyAllowsIt) {
  EXPECT_EQ(Policy().Refuse(asio::ip::make_address("127.0.0.1")),
            "127.0.0.1 is a loopback address, which is not in the agent's policy.networks");
  EXPECT_EQ(Policy().Refuse(asio::ip::make_address("ff02::1")),
            "ff02::1 is a multicast address, which is never connected to");
  EXPECT_EQ(Policy().RefusePort(22), "port 22 is not in the agent's policy.ports");
}

TEST(Policy, AllowsThePortsOfMail) {
  for (const std::uint16_t port : {25, 110, 143, 465, 587, 993, 995, 2525}) {
    EXPECT_EQ(Policy().RefusePort(port), "");
  }
  for (const std::uint16_t port : {22, 53, 80, 443, 3306, 6379}) {
    EXPECT_NE(Policy().RefusePort(port), "");
  }
  PolicyConfig config;
  config.ports = {26};
  EXPECT_EQ(Policy(config).RefusePort(26), "");
  EXPECT_NE(Policy(config).RefusePort(25), "");
}

TEST(Policy, AllowsListedHostsOnly) {
  EXPECT_EQ(Policy().RefuseHost("anything.example"), "");
  PolicyConfig config;
  config.hosts = {"*.example.com", "192.0.2.*"};
  const Policy policy(config);
  EXPECT_EQ(policy.RefuseHost("Smtp.Example.COM"), "");
  EXPECT_EQ(policy.RefuseHost("192.0.2.7"), "");
  EXPECT_EQ(policy.RefuseHost("evil.example"), "evil.example is not in the agent's policy.hosts");
  EXPECT_NE(policy.RefuseHost("example.com"), "");
  EXPECT_NE(policy.RefuseHost("smtp.example.com.evil.example"), "");
}

TEST(Policy, AllowsByDefaultTheHostsOwnAddressesAndThoseNobodyHas) {
  const Policy policy;
  EXPECT_EQ(policy.RefuseMailAddress("probe@corp.de", "smtp.corp.de"), "");
  EXPECT_EQ(policy.RefuseMailAddress("probe@CORP.de", "smtp.Corp.de"), "");
  EXPECT_EQ(policy.RefuseMailAddress("probe@smtp.corp.de", "smtp.corp.de"), "");
  EXPECT_EQ(policy.RefuseMailAddress("probe@example.net", "smtp.corp.de"), "");
  EXPECT_EQ(policy.RefuseMailAddress("probe@mail.test", "192.0.2.1"), "");
  EXPECT_EQ(policy.RefuseMailAddress("victim@bank.com", "smtp.corp.de"),
            "victim@bank.com is of another domain than smtp.corp.de, and the agent's "
            "policy.recipients lists none");
  EXPECT_NE(policy.RefuseMailAddress("victim@evilcorp.de", "smtp.corp.de"), "");
  EXPECT_NE(policy.RefuseMailAddress("victim@de", "smtp.corp.de"), "");
  EXPECT_NE(policy.RefuseMailAddress("victim@notexample.com", "smtp.corp.de"), "");
}

TEST(Policy, AllowsListedMailAddressesOnly) {
  PolicyConfig config;
  config.recipients = {"probe@*", "*@corp.de"};
  const Policy policy(config);
  EXPECT_EQ(policy.RefuseMailAddress("probe@bank.com", "smtp.corp.de"), "");
  EXPECT_EQ(policy.RefuseMailAddress("anybody@corp.de", "smtp.else.where"), "");
  EXPECT_EQ(policy.RefuseMailAddress("victim@example.net", "smtp.corp.de"),
            "victim@example.net is not in the agent's policy.recipients");
}

TEST(Pattern, TheStarStandsForAnything) {
  EXPECT_TRUE(Matches("*", ""));
  EXPECT_TRUE(Matches("a*c*e", "abcde"));
  EXPECT_TRUE(Matches("a*c", "acbc"));
  EXPECT_TRUE(Matches("a**", "a"));
  EXPECT_FALSE(Matches("a*c", "acb"));
  EXPECT_FALSE(Matches("", "a"));
  EXPECT_FALSE(Matches("a?c", "abc"));  // a "?" is only itself
}

TEST(Pattern, TakesNoLongerForAMaliciousText) {
  const std::string pattern = std::string(120, '*') + "x";
  EXPECT_FALSE(Matches(pattern, std::string(100'000, 'a')));
  std::string stars;
  for (int i = 0; i < 100; ++i) stars += "a*";
  EXPECT_FALSE(Matches(stars + "b", std::string(10'000, 'a')));
}

}  // namespace
}  // namespace relaywatch::agent
