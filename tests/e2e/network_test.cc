// What stands between a client and a real Exim: firewalls, a captive portal, an inspecting
// middlebox, a web server on a mail port, DNS. All of the kernel's or of real programs, in a
// network of the test's own.
#include "tests/support/network.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/strings/str_replace.h"
#include "tests/e2e/dns_server.h"
#include "tests/e2e/exim.h"
#include "tests/e2e/private_network.h"
#include "tests/e2e/programs.h"
#include "tests/e2e/verdict_table.h"

namespace relaywatch::e2e {
namespace {

constexpr const char* kInspected = "127.0.37.1";
constexpr const char* kEhloName = "client.example.com";

const VerdictTable kOnTheWay = {
    {"smtp", "127.0.2.1", "starttls", "outlook", "ok", ""},
    {"closed", "127.0.2.1", "auto", "outlook", "connect_refused", "connect"},
    {"smtp", "127.0.31.1", "auto", "outlook", "connect_timeout", "connect", {"--timeout", "1s"}},
    {"smtp", "127.0.32.1", "auto", "outlook", "connect_refused", "connect"},
    {"smtp", "127.0.33.1", "auto", "outlook", "connect_unreachable", "connect"},
    {"smtp", "127.0.34.1", "none", "outlook-no-auth", "connection_lost", "mail"},
    {"smtp", "127.0.35.1", "auto", "outlook", "reply_timeout", "ehlo", {"--timeout", "1s"}},
    // HTTP servers wait for a request, as SMTP clients wait for a greeting.
    {"smtp", "127.0.36.1", "auto", "outlook", "reply_timeout", "banner", {"--timeout", "1s"}},
    {"smtps", "127.0.36.1", "tls", "outlook", "not_smtp", "tls"},
    {"http", "127.0.2.1", "tls", "outlook", "not_smtp", "tls"},
    {"smtp", kInspected, "starttls", "outlook", "intercepted", "ehlo", {"--ehlo", kEhloName}},
};

// Where STARTTLS begins in the reply to EHLO that this server gives to such a client, in bits: the
// kernel's filters find bytes by their place, and the place is the server's choice.
std::size_t PlaceOfStartTls(std::uint16_t port) {
  const Probed probed = Probe({"127.0.0.1:" + std::to_string(port), "--source", kInspected,
                               "--ehlo", kEhloName, "--security", "none"});
  constexpr std::size_t kCode = 4;
  constexpr std::size_t kLineEnd = 2;
  std::size_t bytes = 0;
  for (const nlohmann::json& line : probed.document().at("capabilities").at("plain")) {
    if (line == "STARTTLS") return 8 * (bytes + kCode);
    bytes += kCode + line.get<std::string>().size() + kLineEnd;
  }
  ADD_FAILURE() << "no STARTTLS to overwrite: " << probed.document();
  return 0;
}

class NetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "networks are made by root only";
    network_ = std::make_unique<PrivateNetwork>();
    ASSERT_TRUE(network_->is_up());
  }

  std::unique_ptr<PrivateNetwork> network_;
};

TEST_F(NetworkTest, GivesItsVerdicts) {
  const ServerCertificates certificates;
  const Exim exim(certificates);
  ASSERT_TRUE(exim.is_up()) << exim.Log();
  Ports ports = exim.ports();
  ports["closed"] = support::FreePort();
  ports["http"] = support::FreePort();
  const std::string http = std::to_string(ports["http"]);
  support::Process web({.argv = {"python3", "-m", "http.server", "--bind", "127.0.0.1", http},
                        .directory = certificates.directory()});
  ASSERT_TRUE(support::WaitForPort("127.0.0.1", ports["http"])) << web.Err();
  // nft takes no variable for a place in a packet, so that one is filled in beforehand.
  const std::string rules =
      absl::StrReplaceAll(support::ReadFile(kSource + "/tests/e2e/middleboxes.nft"),
                          {{"@starttls@", std::to_string(PlaceOfStartTls(ports["smtp"]))}});
  const support::ScratchDirectory scratch;
  ASSERT_EQ(network_->Filter(scratch.Write("middleboxes.nft", rules),
                             {{"smtp", std::to_string(ports["smtp"])},
                              {"smtps", std::to_string(ports["smtps"])},
                              {"http", http}}),
            "");

  ExpectVerdicts(ports, certificates.ca_file(), kOnTheWay);
}

TEST_F(NetworkTest, CallsANameWithoutAddressADnsFailure) {
  const DnsServer dns({"host-record=mail.example.com,127.0.0.1", "txt-record=text.example.com,x"});
  ASSERT_TRUE(dns.is_up()) << dns.Log();

  // Neither NXDOMAIN nor an answer without addresses leads anywhere.
  for (const char* target : {"nowhere.example.com:587", "text.example.com:587"}) {
    const support::Completed completed = support::RunToEnd(
        {.argv = dns.AskedBy({kRelaywatch, "probe", target, "--output", "json"})});
    const Probed probed = {.documents = nlohmann::json::parse(completed.out, nullptr, false)};
    EXPECT_EQ(probed.Verdict("outlook"), "dns_failure") << completed.out << completed.err;
    EXPECT_EQ(probed.Stage("outlook"), "resolve");
  }
}

TEST_F(NetworkTest, CallsAMissingRouteUnreachable) {
  const Probed probed = Probe({"192.0.2.1:587"});

  EXPECT_EQ(probed.Verdict("outlook"), "connect_unreachable") << probed.documents;
}

}  // namespace
}  // namespace relaywatch::e2e
