#include "agent/location/linux_network.h"

#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/location/interface_kind.h"
#include "agent/location/network_events.h"
#include "common/interface_kinds.h"
#include "tests/support/scratch.h"

namespace relaywatch::agent {
namespace {

TEST(LinuxNetwork, KnowsTheWayToThisHost) {
  asio::io_context io;
  const LinuxNetwork network(io);
  const Way way = network.WayTo("127.0.0.1", "");
  EXPECT_EQ(way.interface, "lo");
  EXPECT_EQ(way.interface_kind, "loopback");
  EXPECT_EQ(way.gateway, "");
  EXPECT_EQ(way.local_address, "127.0.0.1");
  EXPECT_EQ(network.WayTo("127.0.0.1", "127.0.2.1").local_address, "127.0.2.1");
}

TEST(LinuxNetwork, AnswersWhereTheSourceIsNotOurs) {
  asio::io_context io;
  EXPECT_EQ(LinuxNetwork(io).WayTo("127.0.0.1", "203.0.113.77").interface, "lo");
}

TEST(LinuxNetwork, ReadsSearchListAndDomain) {
  EXPECT_EQ(SuffixesInResolvConf("# search no.example\n"
                                 "domain corp.example.com\n"
                                 "nameserver 192.0.2.53\n"
                                 "search a.example b.example\n"),
            (std::vector<std::string>{"corp.example.com", "a.example", "b.example"}));
}

// A resolv.conf of the test's own, and how often a change of it was told.
class ResolvConf : public ::testing::Test {
 protected:
  ResolvConf() : network_(io_, scratch_ / "etc/resolv.conf") {
    scratch_.Write("etc/resolv.conf", "search office.example\n");
  }
  void Watch() {
    network_.Watch([this] { ++told_; });
  }
  // Whatever happens in half a second more than a change may wait.
  void Run() { io_.run_for(std::chrono::milliseconds(1'500)); }

  support::ScratchDirectory scratch_;
  asio::io_context io_;
  LinuxNetwork network_;
  int told_ = 0;
};

TEST_F(ResolvConf, AnotherSuffixIsAChangeOfTheNetwork) {
  Watch();
  scratch_.Write("etc/resolv.conf", "search home.example\n");
  Run();
  EXPECT_EQ(told_, 1);
  EXPECT_EQ(network_.Changes(), 1u);
  EXPECT_EQ(network_.DnsSuffixes(), std::vector<std::string>{"home.example"});
}

TEST_F(ResolvConf, AFileThatIsReplacedIsSeenEachTime) {
  Watch();
  for (const char* suffix : {"vpn.example", "home.example"}) {
    const auto next = scratch_.Write("etc/resolv.conf.new", std::string("search ") + suffix);
    std::filesystem::rename(next, scratch_ / "etc/resolv.conf");
    Run();
  }
  EXPECT_EQ(told_, 2);
}

TEST_F(ResolvConf, ALinkIsFollowedToWhereItLeads) {
  std::filesystem::remove(scratch_ / "etc/resolv.conf");
  scratch_.Write("run/stub.conf", "search office.example\n");
  std::filesystem::create_symlink("../run/stub.conf", scratch_ / "etc/resolv.conf");
  Watch();
  scratch_.Write("run/stub.conf", "search vpn.example\n");
  Run();
  EXPECT_EQ(told_, 1);
}

TEST_F(ResolvConf, OtherServersAndOtherFilesAreNoChange) {
  Watch();
  scratch_.Write("etc/resolv.conf", "nameserver 192.0.2.53\nsearch office.example\n");
  scratch_.Write("etc/hosts", "127.0.0.1 localhost\n");
  Run();
  EXPECT_EQ(told_, 0);
}

TEST_F(ResolvConf, NothingIsToldAfterTheWatchHasEnded) {
  Watch();
  scratch_.Write("etc/resolv.conf", "search home.example\n");
  io_.run_for(std::chrono::milliseconds(100));
  network_.StopWatching();
  Run();
  EXPECT_EQ(told_, 0);
}

struct KindCase {
  unsigned hardware;
  const char* driver;
  bool wireless;
  const char* kind;
};

TEST(InterfaceKind, IsToldByHardwareDriverAndRadio) {
  const KindCase cases[] = {
      {ARPHRD_ETHER, "", false, "ethernet"},       {ARPHRD_ETHER, "veth", false, "ethernet"},
      {ARPHRD_ETHER, "vlan", false, "ethernet"},   {ARPHRD_ETHER, "", true, "wifi"},
      {ARPHRD_NONE, "tun", false, "tunnel"},       {ARPHRD_ETHER, "tun", false, "tunnel"},
      {ARPHRD_NONE, "wireguard", false, "tunnel"}, {ARPHRD_SIT, "sit", false, "tunnel"},
      {ARPHRD_IPGRE, "gre", false, "tunnel"},      {ARPHRD_PPP, "ppp", false, "ppp"},
      {ARPHRD_ETHER, "bridge", false, "bridge"},   {ARPHRD_LOOPBACK, "", false, "loopback"},
      {ARPHRD_INFINIBAND, "", false, "other"},
  };
  for (const KindCase& c : cases) {
    EXPECT_EQ(InterfaceKind(c.hardware, c.driver, c.wireless), c.kind) << c.driver;
    EXPECT_TRUE(IsInterfaceKind(c.kind));
  }
}

template <typename Fixed>
std::string Message(unsigned short type, const Fixed& fixed, unsigned short attribute = 0,
                    const std::string& value = "") {
  std::string bytes(NLMSG_SPACE(sizeof(Fixed)), '\0');
  std::memcpy(bytes.data() + NLMSG_HDRLEN, &fixed, sizeof(fixed));
  if (attribute != 0) {
    rtattr head{static_cast<unsigned short>(RTA_LENGTH(value.size())), attribute};
    std::string added(RTA_SPACE(value.size()), '\0');
    std::memcpy(added.data(), &head, sizeof(head));
    std::memcpy(added.data() + RTA_LENGTH(0), value.data(), value.size());
    bytes += added;
  }
  nlmsghdr header{};
  header.nlmsg_len = static_cast<unsigned>(bytes.size());
  header.nlmsg_type = type;
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

std::string Link(unsigned short type, unsigned flags, const char* name) {
  ifinfomsg link{};
  link.ifi_index = 2;
  link.ifi_flags = flags;
  return Message(type, link, IFLA_IFNAME, name);
}

std::string Address(unsigned short type, const char* bytes, unsigned char flags = 0) {
  ifaddrmsg address{};
  address.ifa_index = 2;
  address.ifa_flags = flags;
  return Message(type, address, IFA_ADDRESS, bytes);
}

std::string Route(unsigned char table, unsigned flags) {
  rtmsg route{};
  route.rtm_table = table;
  route.rtm_flags = flags;
  return Message(RTM_NEWROUTE, route);
}

TEST(NetworkEvents, TakesWhatIsSaidAgainForNoChange) {
  NetworkEvents events;
  EXPECT_TRUE(events.Take(Link(RTM_NEWLINK, IFF_UP, "eth0")));
  EXPECT_FALSE(events.Take(Link(RTM_NEWLINK, IFF_UP | IFF_PROMISC, "eth0")));
  EXPECT_TRUE(events.Take(Link(RTM_NEWLINK, IFF_UP | IFF_RUNNING, "eth0")));
  EXPECT_TRUE(events.Take(Link(RTM_NEWLINK, IFF_UP | IFF_RUNNING, "wan0")));
  EXPECT_TRUE(events.Take(Address(RTM_NEWADDR, "aaaa")));
  EXPECT_FALSE(events.Take(Address(RTM_NEWADDR, "aaaa")));  // a router advertisement
  EXPECT_TRUE(events.Take(Address(RTM_DELADDR, "aaaa")));
  EXPECT_TRUE(events.Take(Address(RTM_NEWADDR, "aaaa")));
  EXPECT_TRUE(events.Take(Link(RTM_DELLINK, 0, "wan0")));
}

TEST(NetworkEvents, WaitsUntilAnAddressIsKnownToBeOurs) {
  NetworkEvents events;
  EXPECT_FALSE(events.Take(Address(RTM_NEWADDR, "bbbb", IFA_F_TENTATIVE)));
  EXPECT_TRUE(events.Take(Address(RTM_NEWADDR, "bbbb")));
}

TEST(NetworkEvents, TakesRoutesButNotTheKernelsOwn) {
  NetworkEvents events;
  EXPECT_TRUE(events.Take(Route(RT_TABLE_MAIN, 0)));
  EXPECT_FALSE(events.Take(Route(RT_TABLE_LOCAL, 0)));
  EXPECT_FALSE(events.Take(Route(RT_TABLE_MAIN, RTM_F_CLONED)));
}

TEST(NetworkEvents, ReadsSeveralMessagesAndNoBrokenOne) {
  NetworkEvents events;
  EXPECT_TRUE(events.Take(Route(RT_TABLE_LOCAL, 0) + Route(RT_TABLE_MAIN, 0)));
  const std::string whole = Link(RTM_NEWLINK, IFF_UP, "eth0");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(NetworkEvents().Take(whole.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace relaywatch::agent
