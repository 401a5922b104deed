// Before the dialogue: names, addresses, sources, and which connection stands.
#include <gmock/gmock.h>

#include "tests/support/network.h"
#include "tests/unit/probe/probe_fixture.h"

namespace relaywatch::probe {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ProberTest : public ProbeFixture {
 protected:
  static Request NamedRequest(std::uint16_t port) {
    Request request = RequestFor(port);
    request.host = "mail.example.com";
    return request;
  }
  void ResolveTo(std::initializer_list<const char*> addresses) {
    for (const char* address : addresses) {
      resolver_.resolution.addresses.push_back(asio::ip::make_address(address));
    }
  }
};

TEST_F(ProberTest, ReportsANameThatDoesNotResolve) {
  for (const v1::Failure failure : {v1::FAILURE_NO_ADDRESS, v1::FAILURE_DNS_NO_ANSWER}) {
    resolver_.resolution.fault = {failure, "why"};
    const Report report = Run(NamedRequest(587));
    EXPECT_EQ(report.facts.failure(), failure);
    EXPECT_EQ(report.facts.stage(), v1::STAGE_RESOLVE);
    EXPECT_EQ(report.facts.detail(), "why");
    EXPECT_THAT(report.address, IsEmpty());
    EXPECT_GT(report.timings[StageIndex(v1::STAGE_RESOLVE)].count(), 0);
  }
}

TEST_F(ProberTest, CarriesWhatWasAskedFor) {
  resolver_.resolution.fault = {v1::FAILURE_NO_ADDRESS, ""};
  Request request = NamedRequest(2525);
  request.security = v1::SECURITY_STARTTLS;
  request.relay_expectation = v1::RELAY_EXPECTATION_REFUSED;
  const v1::Facts facts = Run(request).facts;
  EXPECT_EQ(facts.port(), 2525u);
  EXPECT_EQ(facts.protocol(), v1::PROTOCOL_SMTP);
  EXPECT_EQ(facts.security(), v1::SECURITY_STARTTLS);
  EXPECT_EQ(facts.relay_expectation(), v1::RELAY_EXPECTATION_REFUSED);
}

// Refuses 127.0.0.2 and ::1.
class FewAddresses final : public AddressFilter {
 public:
  std::string Refuse(const asio::ip::address& address) const override {
    const std::string text = address.to_string();
    return text == "127.0.0.2" || text == "::1" ? text + " is not for us" : "";
  }
};

TEST_F(ProberTest, ConnectsToNoAddressThatIsForbidden) {
  support::TakenPort listener;
  ResolveTo({"127.0.0.2", "::1"});
  Request request = NamedRequest(listener.port());
  request.address_filter = std::make_shared<FewAddresses>();
  const Report report = Run(request);
  EXPECT_TRUE(report.untried);
  EXPECT_THAT(report.address, IsEmpty());
  EXPECT_THAT(report.forbidden,
              ElementsAre(ForbiddenAddress{"mail.example.com", "127.0.0.2 is not for us"},
                          ForbiddenAddress{"mail.example.com", "::1 is not for us"}));
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_LOCAL);
  EXPECT_EQ(report.facts.detail(), "127.0.0.2 is not for us");
}

TEST_F(ProberTest, ChoosesAmongTheAddressesThatAreAllowed) {
  ResolveTo({"127.0.0.2", "::1", "127.0.0.1"});
  Request request = NamedRequest(support::FreePort());
  request.address_filter = std::make_shared<FewAddresses>();
  const Report report = Run(request);
  EXPECT_FALSE(report.untried);
  EXPECT_EQ(report.address, "127.0.0.1");
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_CONNECT_REFUSED);
  EXPECT_THAT(report.forbidden, SizeIs(2));
}

TEST_F(ProberTest, ForbidsALiteralAsItForbidsAName) {
  Request request = NamedRequest(support::FreePort());
  request.host = "127.0.0.2";
  request.address_filter = std::make_shared<FewAddresses>();
  EXPECT_TRUE(Run(request).untried);
}

TEST_F(ProberTest, HasNoAddressWhereTheFamilyLeavesNone) {
  ResolveTo({"127.0.0.1"});
  Request request = NamedRequest(587);
  request.family = AddressFamily::kIpv6;
  EXPECT_EQ(Run(request).facts.failure(), v1::FAILURE_NO_ADDRESS);
  request.host = "127.0.0.1";
  EXPECT_EQ(Run(request).facts.failure(), v1::FAILURE_NO_ADDRESS);
  request.family = AddressFamily::kAny;
  request.source = "::1";
  EXPECT_EQ(Run(request).facts.failure(), v1::FAILURE_NO_ADDRESS);
}

TEST_F(ProberTest, FallsBackOnTheNextAddress) {
  const ScriptedServer server(Answering({}));
  ResolveTo({"127.0.0.2", "127.0.0.1"});
  const Report report = Run(NamedRequest(server.port()));
  EXPECT_EQ(report.address, "127.0.0.1");
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT);
  EXPECT_THAT(report.facts.notes(), Contains(v1::NOTE_ADDRESS_FALLBACK));
}

TEST_F(ProberTest, TriesTwoConnectionsAtMostAndReportsTheFirstFailure) {
  const ScriptedServer server(Answering({}));
  ResolveTo({"127.0.0.2", "127.0.0.3", "127.0.0.1"});
  const Report report = Run(NamedRequest(server.port()));
  EXPECT_EQ(report.address, "127.0.0.2");
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_CONNECT_REFUSED);
  EXPECT_THAT(report.facts.notes(), IsEmpty());
}

TEST_F(ProberTest, ReportsEachOfAllAddresses) {
  const ScriptedServer server(Answering({}));
  ResolveTo({"127.0.0.1", "127.0.0.2", "::1"});
  Request request = NamedRequest(server.port());
  request.addresses = Addresses::kAll;
  const std::vector<Report> reports = RunAll(request);
  ASSERT_THAT(reports, SizeIs(3));
  EXPECT_EQ(reports[0].facts.stage(), v1::STAGE_QUIT);
  EXPECT_EQ(reports[1].address, "127.0.0.2");
  EXPECT_EQ(reports[1].facts.failure(), v1::FAILURE_CONNECT_REFUSED);
  EXPECT_EQ(reports[2].address, "::1");
}

TEST_F(ProberTest, SpeaksIpv6) {
  const ScriptedServer server(Answering({}), "::1");
  Request request = RequestFor(server.port());
  request.host = "::1";
  const Report report = Run(request);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT) << report.facts.detail();
  EXPECT_EQ(report.address, "::1");
}

TEST_F(ProberTest, BindsTheSourceAddress) {
  const ScriptedServer server(Answering({}));
  Request request = RequestFor(server.port());
  request.source = "127.0.1.7";
  const Report report = Run(request);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_QUIT) << report.facts.detail();
  EXPECT_EQ(report.local_address, "127.0.1.7");
}

TEST_F(ProberTest, CannotBindAnAddressThatIsNotOurs) {
  Request request = RequestFor(587);
  request.source = "192.0.2.7";
  const Report foreign = Run(request);
  EXPECT_EQ(foreign.facts.failure(), v1::FAILURE_LOCAL);
  EXPECT_EQ(foreign.facts.stage(), v1::STAGE_CONNECT);
  request.source = "nonsense";
  EXPECT_EQ(Run(request).facts.failure(), v1::FAILURE_LOCAL);
}

TEST_F(ProberTest, TimesOutAtAConnectWithoutAnswer) {
  // A listener whose queue is full drops further SYNs.
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener, 0), 0);
  socklen_t size = sizeof(address);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const int filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(connect(filler, reinterpret_cast<sockaddr*>(&address), size), 0);

  Request request = RequestFor(ntohs(address.sin_port));
  request.limits.connect = kShort;
  const Report report = Run(request);
  EXPECT_EQ(report.facts.failure(), v1::FAILURE_CONNECT_TIMEOUT);
  EXPECT_EQ(report.facts.ending(), v1::ENDING_TIMEOUT);
  EXPECT_EQ(report.facts.stage(), v1::STAGE_CONNECT);
  request.limits = {};
  request.limits.dialogue = kShort;
  EXPECT_EQ(Run(request).facts.failure(), v1::FAILURE_CONNECT_TIMEOUT);
  close(filler);
  close(listener);
}

TEST(Defaults, FollowThePort) {
  for (const std::uint16_t port : {465, 993, 995}) {
    EXPECT_EQ(DefaultSecurity(port), v1::SECURITY_TLS) << port;
  }
  for (const std::uint16_t port : {25, 587, 110, 143, 2525}) {
    EXPECT_EQ(DefaultSecurity(port), v1::SECURITY_AUTO) << port;
  }
  EXPECT_EQ(DefaultProtocol(110), v1::PROTOCOL_POP3);
  EXPECT_EQ(DefaultProtocol(995), v1::PROTOCOL_POP3);
  EXPECT_EQ(DefaultProtocol(143), v1::PROTOCOL_IMAP);
  EXPECT_EQ(DefaultProtocol(993), v1::PROTOCOL_IMAP);
  EXPECT_EQ(DefaultProtocol(587), v1::PROTOCOL_SMTP);
}

}  // namespace
}  // namespace relaywatch::probe
